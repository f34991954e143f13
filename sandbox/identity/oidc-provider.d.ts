/** The part of oidc-provider 9 that the sandbox uses; the package ships no types of its own. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export type StoredPayload = {
    uid?: string;
    userCode?: string;
    grantId?: string;
    consumed?: number;
    [key: string]: unknown;
  };

  export type Adapter = {
    upsert(id: string, payload: StoredPayload, expiresInSeconds?: number): Promise<void>;
    find(id: string): Promise<StoredPayload | undefined>;
    findByUid(uid: string): Promise<StoredPayload | undefined>;
    findByUserCode(userCode: string): Promise<StoredPayload | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  };

  export type Params = Record<string, string | undefined>;

  export type Session = {
    uid: string;
    accountId?: string;
    state?: { secret?: string };
    persist(): Promise<string>;
  };

  export type Interaction = {
    uid: string;
    params: Params;
    prompt: { name: string; reasons: string[] };
    session?: { uid: string; accountId?: string };
    deviceCode?: string;
  };

  export type InteractionResult = {
    error?: string;
    error_description?: string;
    login?: { accountId: string; amr?: string[] };
    select_account?: Record<string, never>;
    consent?: Record<string, never>;
  };

  export type GrantSource = {
    jti: string;
    accountId?: string;
    clientId?: string;
    grantId?: string;
    scope?: string;
    nonce?: string;
    claims?: Record<string, unknown>;
    consumed?: number;
    isExpired: boolean;
    authTime?: number;
    redirectUri?: string;
    codeChallenge?: string;
    params?: Params;
    error?: string;
    errorDescription?: string;
    consume(): Promise<void>;
    save(): Promise<string>;
  };

  export type Grant = {
    jti: string;
    accountId: string;
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  };

  export type OidcClient = { clientId: string };

  export type Context = {
    req: IncomingMessage;
    res: ServerResponse;
    query: Record<string, string | string[] | undefined>;
    status: number;
    type: string;
    body: unknown;
    get(header: string): string;
    set(header: string, value: string): void;
    response: { get(header: string): string | undefined };
    oidc: {
      params: Params;
      session: Session;
      client: OidcClient;
      account?: { accountId: string };
      prompts: Set<string>;
      result?: InteractionResult;
      provider: Provider;
      promptPending(name: string): boolean;
    };
  };

  export type ErrorOut = { error: string; error_description?: string };

  type Found<T> = { find(id: string, options?: { ignoreExpiration?: boolean }): Promise<T | undefined> };

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    callback(): (req: IncomingMessage, res: ServerResponse) => Promise<void>;
    use(middleware: (ctx: Context, next: () => Promise<void>) => Promise<void>): this;
    interactionDetails(req: IncomingMessage, res: ServerResponse): Promise<Interaction>;
    interactionResult(
      req: IncomingMessage,
      res: ServerResponse,
      result: InteractionResult,
      options: { mergeWithLastSubmission: boolean },
    ): Promise<string>;
    proxy: boolean;
    AuthorizationCode: Found<GrantSource>;
    DeviceCode: Found<GrantSource> & {
      new (fields: { client: OidcClient; params: Params; userCode: string; deviceInfo: object }): GrantSource;
    };
    Session: { findByUid(uid: string): Promise<Session | undefined> };
    Grant: Found<Grant> & { new (fields: { accountId: string; clientId: string }): Grant };
    Client: Found<OidcClient> & { prototype: { redirectUriAllowed(uri: string): boolean } };
  }

  export const interactionPolicy: {
    Prompt: new (info: { name: string; requestable: boolean }, ...checks: object[]) => object;
    Check: new (
      reason: string,
      description: string,
      error: string,
      check: (ctx: Context) => boolean | Promise<boolean>,
    ) => object;
  };
}
