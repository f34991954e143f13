import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseSearch } from "./search-query.ts";

test("nothing typed is an error, and words cannot break out of their quotes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (input) => {
      const { tsquery } = parseSearch(input);
      const withoutWords = (tsquery ?? "").replace(/'[^'\\]*'/g, "w");
      expect(withoutWords).toMatch(/^(\(?w(:\*)?( <-> w(:\*)?)*\)?( & )?)*$/);
    }),
  );
});

test("the last word may be unfinished, unless a space ends it", () => {
  expect(parseSearch("blue par").tsquery).toBe("'blue' & 'par':*");
  expect(parseSearch("blue par ").tsquery).toBe("'blue' & 'par'");
  expect(parseSearch('"blue par').tsquery).toBe("('blue' <-> 'par')");
  expect(parseSearch("has:wings after:13").tsquery).toBe("('has' <-> 'wings') & ('after' <-> '13':*)");
});
