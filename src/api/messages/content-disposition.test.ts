import { expect, test } from "vitest";
import { contentDisposition } from "./content-disposition.ts";

test.each<[string | null, string]>([
  [null, "attachment"],
  ["offer.pdf", `attachment; filename="offer.pdf"; filename*=UTF-8''offer.pdf`],
  [
    "Angebot „März“.pdf",
    `attachment; filename="Angebot _M_rz_.pdf"; filename*=UTF-8''Angebot%20%E2%80%9EM%C3%A4rz%E2%80%9C.pdf`,
  ],
  ["报价单.xlsx", `attachment; filename="___.xlsx"; filename*=UTF-8''%E6%8A%A5%E4%BB%B7%E5%8D%95.xlsx`],
  ['a"b%41.txt', `attachment; filename="a_b_41.txt"; filename*=UTF-8''a%22b%2541.txt`],
  ["it's (1)*.txt", `attachment; filename="it's (1)*.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`],
  // No paths, no new header lines, no names that read backwards
  ["../../etc/passwd", `attachment; filename=".._.._etc_passwd"; filename*=UTF-8''.._.._etc_passwd`],
  [
    "a\r\nSet-Cookie: x=1",
    `attachment; filename="a__Set-Cookie: x=1"; filename*=UTF-8''a__Set-Cookie%3A%20x%3D1`,
  ],
  ["invoice\u202Efdp.exe", `attachment; filename="invoice_fdp.exe"; filename*=UTF-8''invoice_fdp.exe`],
  ["half \ud83d emoji", `attachment; filename="half _ emoji"; filename*=UTF-8''half%20%EF%BF%BD%20emoji`],
])("%j", (name, header) => {
  expect(contentDisposition("attachment", name)).toBe(header);
});

test("a name of any length becomes a header that can be sent", () => {
  const header = contentDisposition("inline", "名".repeat(5_000));
  expect(header.startsWith("inline; ")).toBe(true);
  expect(header.length).toBeLessThan(4_000);
  expect(() => new Headers({ "content-disposition": header })).not.toThrow();
});
