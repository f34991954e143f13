/** The language to answer in: the person's choice, else Accept-Language. */
import type { FastifyRequest } from "fastify";
import type { Language } from "../connect/findings/types.ts";
import { languageOf } from "../connect/findings/words.ts";
import type { Principal } from "./principal.ts";

export const languageFor = (request: FastifyRequest, who: Principal | null): Language =>
  languageOf(request.headers["accept-language"], who?.user?.language ?? null);
