/** Which finding of the apps everybody in charge should see wherever they are. Pure. */
import type { Finding, MicrosoftApp } from "../../api/gen/model/index.ts";

/** What stops mailboxes, now or soon; the gravest of the apps that are used. */
export function urgentFinding(apps: readonly MicrosoftApp[]): Finding | null {
  const findings = apps
    .filter((app) => app.isDefault || app.mailboxes.length > 0)
    .flatMap((app) => app.findings);
  return (
    findings.find(({ severity }) => severity === "blocking") ??
    findings.find(({ code }) => code === "app_secret_expiring") ??
    null
  );
}
