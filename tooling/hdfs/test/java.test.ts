import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testbedErrors } from "../src/errors.ts";
import { findJava, findMaven } from "../src/java.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A folder that looks like a JDK of this version, as far as its launcher says. */
function jdk(release: string, programs: readonly string[] = ["java", "javac"]): string {
  const home = temporaryFolder();
  mkdirSync(join(home, "bin"));
  const settings = `    java.home = ${home}\n    java.specification.version = ${release}\n    java.vm.version = ${release}.0.1+1`;
  for (const program of programs) {
    const path = join(home, "bin", program);
    writeFileSync(path, `#!/bin/sh\ncat >&2 <<END\nProperty settings:\n${settings}\nEND\n`);
    chmodSync(path, 0o755);
  }
  return home;
}

function env(values: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], ...values };
}

test.each(["17", "21"])("Java %s will do, wherever it is found", (release) => {
  const home = jdk(release);
  const found = {
    java: join(home, "bin/java"),
    javac: join(home, "bin/javac"),
    version: `${release}.0.1+1`,
  };
  expect(findJava(env({ JAVA_HOME: home }))).toEqual(found);
  expect(findJava({ PATH: `/nowhere:${join(home, "bin")}:${process.env["PATH"]}` })).toEqual(found);
  expect(findJava(env({ JAVA_HOME: "/nowhere", PATH: `${join(home, "bin")}:/bin` }))).toEqual(found);
});

test("JAVA_HOME comes before PATH", () => {
  const [first, second] = [jdk("17"), jdk("21")];
  expect(findJava({ JAVA_HOME: first, PATH: `${join(second, "bin")}:/bin` }).version).toMatch(/^17/);
});

test.each(["1.8", "11", "16", "22", "25"])(
  "Java %s will not, and the message says which it takes",
  (release) => {
    const home = jdk(release);
    expect(() => findJava(env({ JAVA_HOME: home }))).toThrow(
      expect.objectContaining({
        code: testbedErrors.javaVersion,
        message: expect.stringContaining(
          `${home}/bin/java is Java ${release}; Hadoop 3.4 takes a JDK 17 to 21. On Debian`,
        ),
      }),
    );
  },
);

test("no Java, one that does not run and one without a compiler are no Java", () => {
  const noJava = expect.objectContaining({ code: testbedErrors.noJava });
  expect(() => findJava({ PATH: "/nowhere" })).toThrow(noJava);
  expect(() => findJava(env({ JAVA_HOME: jdk("17", ["java"]) }))).toThrow(noJava);
  const broken = jdk("17");
  writeFileSync(join(broken, "bin/java"), "#!/bin/sh\nexit 1\n");
  expect(() => findJava(env({ JAVA_HOME: broken }))).toThrow(noJava);
});

test("Maven is found on PATH or missed with a message", () => {
  const home = jdk("17", ["mvn"]);
  expect(findMaven({ PATH: join(home, "bin") })).toBe(join(home, "bin/mvn"));
  expect(() => findMaven({ PATH: "/nowhere" })).toThrow(
    expect.objectContaining({ code: testbedErrors.noMaven }),
  );
});
