/** The roles, the mightiest first. */
import type { Role } from "../api/gen/model/index.ts";

export const roles: readonly Role[] = ["owner", "admin", "agent"];
