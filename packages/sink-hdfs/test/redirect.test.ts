import { describe, expect, test } from "vitest";
import type { DataNodeMap } from "../src/webhdfs/datanode-map.ts";
import { checkRedirect, type DataNodeLocation } from "../src/webhdfs/redirect.ts";

function check(
  location: string | undefined,
  nameNode = "http://nn1:9870",
  map: DataNodeMap = {},
): DataNodeLocation {
  const isPortAllowed = (port: number): boolean => port === 9864;
  return checkRedirect(location, {
    nameNode: new URL(nameNode),
    op: "OPEN",
    path: "/a=b/c.seq",
    map,
    isPortAllowed,
  });
}

function resolve(location: DataNodeLocation, all = false): Promise<unknown> {
  const { hostname } = location.url;
  return new Promise((settle) => {
    location.lookup?.(hostname, { all }, (error, address) => settle(error ?? address));
  });
}

test("path and query are taken as they came", () => {
  const query = "op=OPEN&delegation=a%2Bb+c&namenoderpcaddress=ns&offset=0";
  expect(check(`http://dn1:9864/webhdfs/v1/a%3Db/c.seq?${query}`).target).toBe(
    `/webhdfs/v1/a%3Db/c.seq?${query}`,
  );
  expect(check(`http://dn1:9864/webhdfs/v1/a=b/c.seq?${query}`).dial).toEqual({ host: "dn1", port: 9864 });
});

const ok = "/webhdfs/v1/a=b/c.seq?op=OPEN";

describe.each(["http://nn1:9870", "http://10.0.0.1:9870", "http://[2001:db8::1]:9870"])(
  "of %s",
  (nameNode) => {
    test.each([
      "127.0.0.1",
      "127.8.9.10",
      "0.0.0.0",
      "169.254.169.254",
      "[::1]",
      "[::]",
      "[::ffff:127.0.0.1]",
      "[::ffff:169.254.169.254]",
      "[fe80::1]",
      "2130706433",
      "0x7f.1",
    ])("no redirect to %s", (host) => {
      expect(() => check(`http://${host}:9864${ok}`, nameNode)).toThrow(
        expect.objectContaining({ code: "SEWER_HDFS_REDIRECT" }),
      );
    });

    test.each(["10.0.0.7", "192.168.1.1", "[2001:db8::7]", "dn7.example"])("a redirect to %s", (host) => {
      expect(check(`http://${host}:9864${ok}`, nameNode).url.port).toBe("9864");
    });

    test("no connection to a name that means this machine", async () => {
      const location = check(`http://localhost:9864${ok}`, nameNode);
      for (const all of [false, true]) {
        expect(await resolve(location, all)).toMatchObject({ code: "SEWER_HDFS_REDIRECT" });
      }
    });
  },
);

test.each([
  ["http://127.0.0.1:1", "127.0.0.1"],
  ["http://localhost:1", "127.0.0.1"],
  ["http://[::1]:1", "localhost"],
])("a NameNode on loopback, %s, may redirect to %s", async (nameNode, host) => {
  const location = check(`http://${host}:9864${ok}`, nameNode);
  expect(location.url.hostname).toBe(host);
  expect(await resolve(location, true)).toBeInstanceOf(Array);
});

test("the host of the NameNode itself may be a DataNode, whatever its address", async () => {
  const location = check(`http://localhost:9864${ok}`, "http://localhost:9870");
  expect(await resolve(location)).toMatch(/^(127\.|::1)/);
  expect(check(`http://169.254.1.1:9864${ok}`, "http://169.254.1.1:9870").url.hostname).toBe("169.254.1.1");
});

test("link-local addresses stay refused for a NameNode on loopback", () => {
  expect(() => check(`http://169.254.169.254:9864${ok}`, "http://127.0.0.1:1")).toThrow(
    "no place for a DataNode",
  );
});

test("a name that does not exist is the resolver's error", async () => {
  expect(await resolve(check(`http://nowhere.invalid:9864${ok}`))).toMatchObject({
    code: expect.stringMatching(/^E/),
  });
});

test.each([
  undefined,
  "",
  "/webhdfs/v1/a=b/c.seq?op=OPEN",
  `https://dn1:9864${ok}`,
  `ftp://dn1:9864${ok}`,
  `http://user@dn1:9864${ok}`,
  `http://:secret@dn1:9864${ok}`,
  "http://dn1:9864/webhdfs/v1/a=b/c.seq",
  "http://dn1:9864/webhdfs/v1/a=b/c.seq?op=CREATE",
  "http://dn1:9864/webhdfs/v1/a=b/c.seq?op=OPEN&op=OPEN",
  "http://dn1:9864/webhdfs/v1/a=b/c.seq?op=OPEN&Op=DELETE",
  "http://dn1:9864/webhdfs/v1/a=b/c.seqx?op=OPEN",
  "http://dn1:9864/webhdfs/v2/a=b/c.seq?op=OPEN",
  "http://dn1:9864/webhdfs/v1/a=b/../a=b/c.seq?op=OPEN",
  "http://dn1:9864/webhdfs/v1/a%zz/c.seq?op=OPEN",
  "http://dn1:9864#/webhdfs/v1/a=b/c.seq?op=OPEN",
])("no redirect to %s", (location) => {
  expect(() => check(location)).toThrow(expect.objectContaining({ code: "SEWER_HDFS_REDIRECT" }));
});

test("no redirect to another port, and the message names the option", () => {
  for (const host of ["dn1", "dn1:80", "dn1:22", "nn1:8020"]) {
    expect(() => check(`http://${host}${ok}`)).toThrow(/port \d+ of \w+ is not known .* datanodePorts$/);
  }
});

test("the NameNode's own port may be HttpFS", () => {
  expect(check(`http://nn1:9870${ok}`).dial).toEqual({ host: "nn1", port: 9870 });
  expect(check(`http://nn1${ok}`, "http://nn1").dial).toEqual({ host: "nn1", port: 80 });
});

test("no request line that a DataNode does not take", () => {
  expect(() => check(`http://dn1:9864${ok}&x=${"y".repeat(4050)}`)).toThrow("DataNodes take 4081");
  expect(check(`http://dn1:9864${ok}&x=${"y".repeat(4040)}`).url.port).toBe("9864");
});

describe("datanodeMap", () => {
  const map = {
    "DN1:9864": "127.0.0.1:19864",
    dn1: "[::1]:7",
    dn2: "gate.example",
    "[2001:db8::7]": "dn7",
    "10.0.0.1:1006": "10.1.0.1",
  };

  test.each([
    ["dn1:9864", { host: "127.0.0.1", port: 19_864 }],
    ["dn1:1234", { host: "::1", port: 7 }],
    ["dn2:22", { host: "gate.example", port: 22 }],
    ["[2001:db8::7]:9864", { host: "dn7", port: 9864 }],
    ["10.0.0.1:1006", { host: "10.1.0.1", port: 1006 }],
  ])("%s is dialled at %j, and keeps its name", (host, dial) => {
    const location = check(`http://${host}${ok}`, "http://nn1:9870", map);
    expect(location).toMatchObject({ dial, lookup: undefined });
    expect(location.url.host).toBe(host);
  });

  test("says nothing of others", () => {
    expect(check(`http://dn3:9864${ok}`, "http://nn1:9870", map).dial).toEqual({ host: "dn3", port: 9864 });
    expect(() => check(`http://10.0.0.1:1007${ok}`, "http://nn1:9870", map)).toThrow("datanodePorts");
  });
});
