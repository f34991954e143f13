/** The relation by which findings are compared: what may be said when less is known. */
import { isFindingCode, withBroader } from "../findings/catalogue.ts";

/**
 * Whether `less` is true wherever `full` is: the same finding, one of its broader ones, `unknown`, or none at all (what
 * failed was not looked at).
 */
export const isLessSpecific = (less: string, full: string): boolean =>
  less === full ||
  less === "unknown" ||
  less === "healthy" ||
  (isFindingCode(less) && isFindingCode(full) && withBroader(full).includes(less));
