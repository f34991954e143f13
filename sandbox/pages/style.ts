/** The look of the sandbox's pages: paper and ink, one cool accent of its own, a hatched ribbon on top. */

export const stylesheet = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf8, #171614); --sheet: light-dark(#ffffff, #1e1d1a); --raise: light-dark(#f4f2ee, #262421);
  --line: light-dark(#e7e3dc, #33302b); --field: light-dark(#8b857a, #837c71);
  --ink: light-dark(#1f1d1a, #ece8e1); --ink-2: light-dark(#5f5a52, #b0a99d);
  --accent: light-dark(#1f6a72, #7cc5cc); --accent-soft: light-dark(#e4f1f2, #17302f); --on-accent: light-dark(#ffffff, #0d2022);
  --bad: light-dark(#b3292f, #f08a8c); --bad-soft: light-dark(#fcecec, #3a1c1d);
  --warn: light-dark(#7a5408, #e9c67a); --warn-soft: light-dark(#fbf3df, #33290f); --hatch: light-dark(#f6e9c8, #3b3013);
  --font: Inter, system-ui, "PingFang SC", "Noto Sans SC", "Microsoft YaHei", sans-serif;
  --mono: ui-monospace, "JetBrains Mono", Consolas, monospace;
  --shadow: 0 1px 2px rgb(0 0 0 / .05), 0 8px 24px rgb(0 0 0 / .06);
}
* { box-sizing: border-box; margin: 0 }
body { font: 400 14px/1.5 var(--font); color: var(--ink); background: var(--paper); min-height: 100vh; display: flex; flex-direction: column; -webkit-font-smoothing: antialiased }
button, input { font: inherit; color: inherit }
.ribbon { background: repeating-linear-gradient(135deg, var(--warn-soft) 0 14px, var(--hatch) 14px 28px); color: var(--warn); padding: 8px 16px; text-align: center; font-size: 13px }
.ribbon strong { font-weight: 600 } .ribbon span { display: inline-block }
main { flex: 1; width: 100%; max-width: 448px; margin: 0 auto; padding: 40px 16px; display: flex; flex-direction: column; justify-content: center }
main.wide { max-width: 760px; justify-content: flex-start }
.card { background: var(--sheet); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow); padding: 32px }
.brand { display: flex; align-items: center; gap: 8px; font-size: 13px; font-weight: 600; color: var(--ink-2); margin-bottom: 20px }
.brand svg { width: 18px; height: 18px; stroke: var(--accent); fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round }
h1 { font-size: 22px; line-height: 1.25; font-weight: 600; letter-spacing: -.015em; text-wrap: balance }
h2 { font-size: 13px; font-weight: 600; color: var(--ink-2); margin: 28px 0 10px }
.lead { color: var(--ink-2); margin-top: 6px }
.note { color: var(--ink-2); font-size: 13px; margin-top: 16px }
.alert { background: var(--bad-soft); color: var(--bad); border-radius: 10px; padding: 10px 14px; margin-top: 16px }
form { margin-top: 20px }
label { display: block; font-size: 13px; font-weight: 500; margin: 14px 0 6px }
input[type=text], input[type=email], input[type=password] { width: 100%; height: 40px; padding: 0 12px; border: 1px solid var(--field); border-radius: 8px; background: var(--paper) }
input.code { font: 500 18px/1 var(--mono); letter-spacing: .14em; text-transform: uppercase }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.actions { display: flex; flex-wrap: wrap; gap: 8px; justify-content: flex-end; margin-top: 24px }
.btn { display: inline-flex; align-items: center; justify-content: center; min-height: 40px; padding: 0 18px; border-radius: 8px; border: 1px solid var(--line); background: var(--sheet); font-weight: 500; cursor: pointer; text-decoration: none; color: inherit }
.btn:hover { background: var(--raise) }
.btn.primary { background: var(--accent); border-color: transparent; color: var(--on-accent) }
.btn.primary:hover { filter: brightness(1.08) }
.list { list-style: none; padding: 0; margin-top: 16px; display: grid; gap: 8px }
.account { display: flex; align-items: center; gap: 12px; width: 100%; text-align: left; padding: 10px 12px; border: 1px solid var(--line); border-radius: 10px; background: var(--sheet); cursor: pointer; min-height: 56px }
.account:hover { background: var(--raise) }
.account .who { min-width: 0; flex: 1 } .account .who > span { display: block; overflow-wrap: anywhere }
.account .name { font-weight: 500 } .account .address, .muted { color: var(--ink-2); font-size: 13px }
.does { color: var(--ink-2); font-size: 13px; padding: 4px 12px 6px 58px }
.av { width: 34px; height: 34px; border-radius: 50%; display: grid; place-items: center; flex: none; font-size: 12px; font-weight: 600; background: var(--accent-soft); color: var(--accent) }
.tag { display: inline-flex; align-items: center; height: 22px; padding: 0 8px; border-radius: 99px; font-size: 12px; font-weight: 500; background: var(--raise); color: var(--ink-2); white-space: nowrap }
.as { display: flex; align-items: center; gap: 10px; padding-bottom: 16px; margin-bottom: 20px; border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
.permissions { list-style: none; padding: 0; margin: 12px 0 0 } .permissions li { padding: 10px 0 10px 26px; border-bottom: 1px solid var(--line); position: relative }
.permissions li::before { content: ""; position: absolute; left: 6px; top: 15px; width: 5px; height: 9px; border: solid var(--accent); border-width: 0 2px 2px 0; transform: rotate(45deg) }
.permissions strong { display: block; font-weight: 500 }
.persona { padding: 16px 0; border-top: 1px solid var(--line) } .persona:first-of-type { border-top: 0 }
.persona .head { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px } .persona h3 { font-size: 14px; font-weight: 600; overflow-wrap: anywhere }
.persona p, .does { overflow-wrap: anywhere } .persona p { margin-top: 6px; color: var(--ink-2) }
dl { display: grid; grid-template-columns: minmax(96px, auto) 1fr; gap: 6px 16px; margin-top: 8px } dt { color: var(--ink-2) } dd { margin: 0; overflow-wrap: anywhere }
code, .mono { font: 500 13px/1.5 var(--mono); overflow-wrap: anywhere }
.usercode { font: 600 24px/1.2 var(--mono); letter-spacing: .12em; background: var(--raise); border-radius: 10px; padding: 16px; text-align: center; margin-top: 16px }
a { color: var(--accent) } .links { display: flex; flex-wrap: wrap; gap: 8px 20px; margin-top: 24px }
footer { text-align: center; padding: 0 16px 24px; font-size: 13px; color: var(--ink-2) }
dl.stacked { display: block; margin-top: 16px } dl.stacked dt { font-size: 13px; margin-top: 12px }
.count { color: var(--ink-2); font-weight: 500; font-size: 12px; font-variant-numeric: tabular-nums; margin-left: 4px }
.find { display: none; position: sticky; top: 0; z-index: 1; background: var(--sheet); padding: 8px 0 12px; align-items: center; gap: 12px } .js .find { display: flex } .find label { margin: 0 }
input[type=search] { flex: 1; min-width: 0; height: 40px; padding: 0 12px; border: 1px solid var(--field); border-radius: 8px; background: var(--paper) }
[hidden] { display: none !important }
.group { border-top: 1px solid var(--line) } .group:last-of-type { border-bottom: 1px solid var(--line) }
.group summary { cursor: pointer; padding: 14px 0; font-weight: 600; list-style: none; display: flex; align-items: baseline } .group summary::-webkit-details-marker { display: none }
.group summary::before { content: ""; width: 7px; height: 7px; border: solid var(--ink-2); border-width: 0 2px 2px 0; transform: rotate(-45deg) translate(-1px, -1px); margin: 0 12px 0 4px; flex: none; transition: transform .12s } .group[open] summary::before { transform: rotate(45deg) }
.group summary .count { margin-left: 8px }
.group .persona { padding: 12px 0 14px; border-top: 0 } .group .persona + .persona { border-top: 1px solid var(--line) }
.persona { scroll-margin-top: 84px }
.persona:target { background: var(--accent-soft); border-radius: 10px; box-shadow: 0 0 0 8px var(--accent-soft) }
.copy { display: none; border: 0; background: none; color: var(--accent); cursor: pointer; font-size: 12px; font-weight: 500; padding: 4px 6px; border-radius: 6px; min-height: 24px } .js .copy { display: inline-block } .copy:hover { background: var(--raise) }
.switches { display: flex; flex-wrap: wrap; gap: 8px 24px; margin-top: 10px } .switches form { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; margin: 0; font-size: 13px }
.btn.small { min-height: 32px; padding: 0 12px; font-size: 13px; border-radius: 7px }
.pick { margin-bottom: 4px } .pick:last-child { margin-bottom: 14px }
.persona.app { padding: 14px 0 } .persona.app dl { margin-top: 6px } .persona.app .does-app { margin: 0; color: var(--ink) }
@media (prefers-reduced-motion: reduce) { .group summary::before { transition: none } }
@media (max-width: 480px) { main { padding: 16px 12px 32px; justify-content: flex-start } .card { padding: 24px 18px } .actions .btn { flex: 1 } .does { padding-left: 12px } }
`;
