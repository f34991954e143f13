import { expect, test } from "vitest";
import { wordFinding } from "../../connect/findings/words.ts";
import { describeApp } from "./check-app.ts";

test("a check in lines: each thing with its sign, each mistake with its way out and what was seen", () => {
  const at = "2027-01-02T03:04:05.000Z";
  const finding = {
    code: "app_client_unknown",
    params: { clientId: "x-1" },
    evidence: [{ at, step: "authorize", line: "login.example  AADSTS700016: not found" }],
  };
  const text = describeApp({
    id: "environment",
    source: "environment",
    name: "",
    clientId: "x-1",
    tenant: "common",
    cloud: "default",
    hasSecret: true,
    secretExpiresOn: null,
    daysLeft: null,
    isDefault: true,
    mailboxes: [],
    check: {
      checkedAt: at,
      checks: [
        { id: "tenant", state: "ok" },
        { id: "client", state: "failed" },
        { id: "public_url", state: "unknown" },
      ],
    },
    findings: [{ id: "x", ...wordFinding(finding, "en"), openedAt: at, closedAt: null, nextCheckAt: null }],
    createdAt: null,
  });
  expect(text.split("\n")).toEqual([
    "Environment (x-1)",
    "  ✓ tenant",
    "  ✗ client",
    "  ? public url",
    expect.stringContaining(
      "Microsoft does not know this client ID. No app with the client ID x-1",
    ) as string,
    expect.stringContaining("→ Copy the Application (client) ID: Microsoft Entra admin center") as string,
    "    Seen: login.example  AADSTS700016: not found",
    "",
  ]);
});
