import { afterAll, beforeAll, expect, test } from "vitest";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { connectDovecot } from "../support/dovecot-mailbox.ts";
import { startProduct, apiClient, type Product } from "../support/product.ts";
import { madeMessage } from "../support/made-messages.ts";
import { execFileSync } from "node:child_process";
let dovecot: Dovecot, product: Product, key: string;
beforeAll(async () => {
  dovecot = await startDovecot(); for (let n=0;n<10;n++) await dovecot.deliver("well","",madeMessage(n,"x@y.z",Date.now()).raw);
  product = await startProduct(); key = await product.setup();
  console.log((await connectDovecot(product,key,dovecot,["INBOX"])).stdout);
});
afterAll(async () => { await product?.stop(); await dovecot?.stop(); });
test("fuzz", async () => {
  const spec = await (await fetch(product.url+"/openapi.json")).json() as any;
  const conv=(await apiClient(product.url,key).all<any>("/v1/conversations?view=all"))[0];
  const msg=(await apiClient(product.url,key).all<any>(`/v1/conversations/${conv.id}/messages`))[0];
  const mb=conv.mailboxIds[0];
  const evil: any[] = ["\u0000","a\u0000b","\ud800","",-1,1e400,1e21,null,[],{}, "x".repeat(70000), "00000000-0000-0000-0000-000000000000", "'; drop table x;--", "%", "2026-13-45T99:99:99Z","+275760-09-13T00:00:00Z","0000-01-01T00:00:00Z","9999-12-31T23:59:59Z", true, 0, 2147483648, 9007199254740993];
  const bad: string[] = []; execFileSync('true'); const auth=async()=>{ for (const [p,b] of [['/api/auth/sign-in/email',{email:'a\0@b.example',password:'x'}],['/api/auth/sign-in/email',{email:'a@b.example',password:'\0'}],['/v1/session/sign-in',{email:'a\0@b.example',password:'x'}]] as any) { const r=await fetch(product.url+p,{method:'POST',headers:{'content-type':'application/json',origin:product.url},body:JSON.stringify(b)}); console.log(p,r.status,(await r.text()).slice(0,200)); } }; await auth();
  let limited=0; const hit: any = async (method: string, path: string, body?: unknown, headers: Record<string,string> = {}) => {
    try {
    const r = await fetch(product.url+path,{method,headers:{authorization:`Bearer ${key}`,...(body===undefined?{}:{"content-type":"application/json"}),...headers},...(body===undefined?{}:{body:typeof body==="string"?body:JSON.stringify(body)}),signal:AbortSignal.timeout(20000)});
    const t = await r.text(); 
    if (r.status===429 && !path.includes('mailboxes')) { await new Promise(w=>setTimeout(w,5000)); limited++; return hit(method,path,body,headers) as any; } if (r.status>=500) bad.push(`${method} ${path.slice(0,150)} ${JSON.stringify(body)?.slice(0,120)} ${JSON.stringify(headers)} → ${r.status} ${t.slice(0,200)}`);
    return r.status;
    } catch (e) { bad.push(`${method} ${path.slice(0,150)} ${JSON.stringify(body)?.slice(0,120)} threw ${String(e)} ${(e as any).cause}`); }
  };
  const enc=(v:any)=>encodeURIComponent(typeof v==="string"? v.toWellFormed().slice(0,3000): JSON.stringify(v));
  
  let count=0; for (const [p, ops] of Object.entries<any>(spec.paths)) for (const [method, op] of Object.entries<any>(ops)) {
    if (p.includes("/sandbox")||p.includes("/authorize")||p.includes("/events")||p.includes("/backup")) continue;
    if (method==="delete" && (p.includes("keys")||p.includes("members")||p==="/v1/mailboxes/{id}")) continue;
    const real = p.includes("messages/{id}")? msg.id : p.includes("conversations")? conv.id : p.includes("mailboxes")? mb : "00000000-0000-7000-8000-000000000000";
    for (const v of evil) { if (p.includes("{")) { await hit(method.toUpperCase(), p.replaceAll(/\{[^}]+\}/g, enc(v)||"x"), method==="get"||method==="delete"?undefined:{}); count++; } }
    const rp = p.replace("{id}",real).replaceAll(/\{[^}]+\}/g,"1");
    for (const q of (op.parameters??[]).filter((x:any)=>x.in==="query")) for (const v of evil) { await hit(method.toUpperCase(), `${rp}?${q.name}=${enc(v)}`, method==="get"||method==="delete"?undefined:{}); count++; }
    let schema = op.requestBody?.content?.["application/json"]?.schema; if (schema?.$ref) schema = spec.components.schemas[schema.$ref.split("/").at(-1)];
    const ex=(s:any):any=>{ if(!s) return "x"; if(s.$ref) return ex(spec.components.schemas[s.$ref.split("/").at(-1)]); if(s.enum) return s.enum[0]; if(s.anyOf) return ex(s.anyOf[0]); if(s.type==="object") return Object.fromEntries(Object.entries<any>(s.properties??{}).map(([k,x])=>[k,ex(x)])); if(s.type==="array") return []; if(s.type==="integer"||s.type==="number") return s.minimum??1; if(s.type==="boolean") return false; if(s.format==="date-time") return "2027-01-01T00:00:00Z"; if(s.format==="uuid") return real; if (s.pattern?.includes("0-9a-f")) return real; return "a@b.example"; };
    if (schema) { const base=ex(schema);
      if (p==="/v1/mailboxes") { base.imap={host:"127.0.0.1",port:dovecot.port,security:"none"}; base.smtp=null; base.username="well"; base.password="secret"; delete base.mailboxId; }
      if (p.includes("mailboxes/{id}")&&method==="patch") base.paused=false;
      for (const k of Object.keys(base)) for (const v of evil) { await hit(method.toUpperCase(), rp, {...base,[k]:v}); count++; if (base[k]&&typeof base[k]==="object"&&!Array.isArray(base[k])) for (const k2 of Object.keys(base[k])) await hit(method.toUpperCase(), rp, {...base,[k]:{...base[k],[k2]:v}}); if(Array.isArray(base[k])) await hit(method.toUpperCase(), rp, {...base,[k]:[v]}); }
      for (const raw of ["{", "[]", "null", "\"x\"", "{\"__proto__\":{\"a\":1}}"]) await hit(method.toUpperCase(), rp, raw);
    }
  }
  for (const h of ["idempotency-key","last-event-id","accept-language","if-none-match","range"]) for (const v of ["","x".repeat(9000),"\u00ff\u00fe","-1"]) await hit("POST",`/v1/conversations/${conv.id}/replies`,{text:"hi"},{[h]:v});
  console.log(count,limited, bad.length); for (const b of [...new Set(bad)].slice(0,80)) console.log(b);
  console.log(product.output().slice(-3000));
}, 300000);
