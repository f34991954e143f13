import { expect, test } from "vitest";
import { suggestedProvider, type ConnectApp } from "./apps.ts";

const app = {} as ConnectApp;
const server = { host: "127.0.0.1", port: 1, security: "none" } as const;
const sandbox = { ...app, imap: server, smtp: server };

test("people of the sandbox are its own while it runs beside us, and Outlook's where it stands in for Microsoft", () => {
  expect(suggestedProvider({ microsoft: null, sandbox }, "well@outlook.example")).toBe("sandbox");
  expect(suggestedProvider({ microsoft: app, sandbox }, "well@outlook.example")).toBe("sandbox");
  expect(suggestedProvider({ microsoft: app, sandbox: null }, "well@outlook.example")).toBe("outlook");
  expect(suggestedProvider({ microsoft: app, sandbox: null }, "ann@gmail.com")).toBe("gmail");
  expect(suggestedProvider({ microsoft: app, sandbox: null }, "ann@shop.example")).toBeNull();
});
