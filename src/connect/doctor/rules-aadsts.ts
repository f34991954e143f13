/**
 * What Microsoft's sign-in numbers mean ("Microsoft Entra authentication & authorization error codes"). The number decides,
 * never the sentence: it is translated and changes.
 */
import type { FindingCode } from "../findings/catalogue.ts";

const numbers: [FindingCode, number[]][] = [
  ["app_redirect_mismatch", [50_011, 500_112, 500_113, 900_971]],
  ["app_redirect_unusable", [500_117]],
  ["account_not_in_tenant", [50_020, 50_034, 16_000, 51_004, 90_072, 50_177, 50_178]],
  ["app_single_tenant", [50_194]],
  ["account_locked", [50_053]],
  ["microsoft_password_expired", [50_055, 50_144]],
  ["microsoft_password_wrong", [50_126, 50_056, 50_064]],
  ["account_disabled", [50_057]],
  ["sign_in_needed", [50_058, 50_085, 50_089, 50_140, 160_021, 16_003]],
  ["mfa_required", [50_072, 50_074, 50_076, 50_078, 50_079, 50_158, 50_125, 50_129, 500_121]],
  ["user_not_assigned", [50_105]],
  ["grant_revoked", [50_132, 50_133, 50_173]],
  [
    "conditional_access",
    [53_000, 53_001, 53_002, 53_003, 53_004, 530_032, 530_034, 530_035, 530_003, 50_005, 50_097, 53_011],
  ],
  ["authorization_expired", [54_005, 501_481, 50_148, 700_005]],
  ["consent_missing", [65_001]],
  ["consent_declined", [65_004]],
  ["app_permission_missing", [650_052, 650_053, 650_056, 650_057, 650_054, 65_006, 65_005]],
  ["admin_consent_required", [90_094, 90_095, 900_941, 90_093, 90_092]],
  ["app_publisher_unverified", [650_051]],
  ["grant_expired", [70_008, 700_082, 700_084, 700_081]],
  ["sign_in_frequency", [70_043]],
  ["scopes_mixed", [70_011, 28_000, 28_002, 28_003, 700_022]],
  ["device_code_waiting", [70_016]],
  ["device_code_wrong", [70_018]],
  ["device_code_expired", [70_019, 70_020]],
  ["app_client_unknown", [700_016, 70_001, 700_038]],
  ["resource_unknown", [500_011, 500_014]],
  ["app_secret_wrong", [7_000_215, 50_012, 7_000_216]],
  ["app_secret_expired", [7_000_222]],
  ["app_secret_missing", [7_000_218]],
  ["app_is_public", [700_025]],
  ["app_redirect_spa", [9_002_326, 9_002_327]],
  ["app_tenant_unknown", [90_002, 900_023, 900_021]],
  ["request_malformed", [90_014, 90_023, 9_002_313, 900_144, 90_013]],
  ["browser_went_back", [900_561]],
  ["tenant_needed", [9_001_023]],
  ["app_personal_only", [9_002_331, 9_002_346]],
  ["app_work_only", [9_002_332, 90_027, 500_200, 500_201, 500_202, 500_203]],
  ["identity_unreachable", [90_033, 90_006, 90_012, 50_196]],
  ["clock_skew", [700_024, 50_013, 90_055]],
];

const findingOfNumber = new Map(
  numbers.flatMap(([code, all]) => all.map((number) => [number, code] as const)),
);

/** The finding of a number; null: one that we do not know, or one that says too little (70000). */
export const findingOfAadsts = (number: number): FindingCode | null => findingOfNumber.get(number) ?? null;

/** As Microsoft's pages name it in other languages, where AADSTS is left out. */
const errorCodeWords =
  /(?:error code|fehlercode|code d.erreur|código de error|codice errore|código do erro|错误代码|錯誤碼|エラー ?コード)[ :：]{0,3}(\d{5,7})\b/;

/** Numbers of a text, in its order: `AADSTS70008`, also with a break inside, and `"error_codes":[70008]`. */
export function aadstsNumbers(plain: string): number[] {
  const found = [...plain.matchAll(/aadsts[ :#_-]{0,3}((?:\d ?){4,9})/g)].map(([, digits = ""]) =>
    knownPart(digits),
  );
  const told = errorCodeWords.exec(plain)?.[1];
  if (told !== undefined && findingOfNumber.has(Number(told))) found.push(Number(told));
  const listed = /error_?codes?"?'?\s?[:=]\s?\[?\s?"?(\d{5,7})\b/.exec(plain)?.[1];
  return listed === undefined ? found : [...found, Number(listed)];
}

/** A line may break within the number, and the next word may be a number, too: the longest known one counts. */
function knownPart(digits: string): number {
  const [first = ""] = digits.split(" ");
  if (findingOfNumber.has(Number(first))) return Number(first);
  const joined = digits.replaceAll(" ", "");
  for (let length = joined.length; length > first.length; length -= 1) {
    const number = Number(joined.slice(0, length));
    if (findingOfNumber.has(number)) return number;
  }
  return Number(first);
}
