// The style of a report's page. Colors are by Okabe and Ito: people with any kind of color vision tell them apart, and each has
// another lightness. Text has a contrast of 4.5 at least.
export const style = (): string =>
  String.raw`
:root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--muted:#57606a;--line:#d0d7de;--raised:#f6f8fa;--accent:#0b57a4;
--Failed:#9c1458;--Refused:#e69f00;--Done:#0b62a8;--Found:#8fd6b5;--Unchanged:#5b9bc8;--Nothing:#d8dde3;
--on-Failed:#fff;--on-Refused:#000;--on-Done:#fff;--on-Found:#000;--on-Unchanged:#000;--on-Nothing:#57606a}
@media (prefers-color-scheme:dark){:root{--ground:#12161b;--text:#e6eaef;--muted:#a3adb8;--line:#39424d;--raised:#1b2129;
--accent:#79b8ff;--Failed:#ff7fb6;--Refused:#f5b32f;--Done:#5fb0f0;--Found:#a5ead0;--Unchanged:#3d729c;--Nothing:#2c343d;
--on-Failed:#000;--on-Refused:#000;--on-Done:#000;--on-Found:#000;--on-Unchanged:#fff;--on-Nothing:#a3adb8}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1180px;margin:0 auto;padding:24px 20px 64px}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:36px 0 10px}
p{margin:0 0 10px}
.muted{color:var(--muted)}
noscript p{margin:20px 0 0}
.sums{display:grid;grid-template-columns:repeat(9,1fr);gap:10px;margin:20px 0 0;padding:0}
.sums div{border:1px solid var(--line);border-radius:8px;background:var(--raised);padding:10px 12px;border-left-width:6px}
.sums dt{color:var(--muted);font-size:.87rem}
.sums dd{margin:0;font-size:1.5rem;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.3}
.sums .Failed{border-left-color:var(--Failed)}.sums .Refused{border-left-color:var(--Refused)}
.sums .Done{border-left-color:var(--Done)}.sums .Found{border-left-color:var(--Found)}.sums .Unchanged{border-left-color:var(--Unchanged)}
.key{display:flex;flex-wrap:wrap;gap:6px 18px;list-style:none;margin:0 0 12px;padding:0}
.key li{display:flex;align-items:center;gap:7px}
.key svg,.mark svg{flex:none;display:block}
.scroll{overflow:auto;border:1px solid var(--line);border-radius:8px;background:var(--ground)}
.picture{position:relative;display:inline-block;padding:10px;outline-offset:-3px;cursor:pointer}
.picture svg{display:block}
.picture text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:var(--text)}
.picture .account{text-anchor:end}
.cell{fill:none}
.cell.Failed{stroke:var(--Failed)}.cell.Refused{stroke:var(--Refused)}.cell.Done{stroke:var(--Done)}.cell.Found{stroke:var(--Found)}
.cell.Unchanged{stroke:var(--Unchanged)}.cell.Nothing{stroke:var(--Nothing)}
.sign{fill:none;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.sign.Failed{stroke:var(--on-Failed)}.sign.Refused{stroke:var(--on-Refused)}.sign.Done{stroke:var(--on-Done)}.sign.Found{stroke:var(--on-Found)}
.sign.Unchanged{stroke:var(--on-Unchanged)}.sign.Nothing{stroke:var(--on-Nothing)}
#veil{fill:none;stroke:var(--ground);stroke-opacity:.86}
#cursor{fill:none;stroke:var(--text);stroke-width:2}
#tip{position:absolute;z-index:2;width:max-content;max-width:320px;padding:5px 9px;border-radius:6px;background:var(--text);color:var(--ground);
font-size:.87rem;pointer-events:none;white-space:normal;overflow-wrap:anywhere}
#where{min-height:1.5em;margin:8px 0 0}
form{display:flex;flex-wrap:wrap;gap:12px;align-items:end;margin:0 0 12px}
label{display:grid;gap:3px;font-size:.87rem;color:var(--muted);min-width:0}
input,select,button{font:inherit;color:var(--text);background:var(--ground);border:1px solid var(--muted);border-radius:6px;
padding:6px 10px;min-height:38px;max-width:100%}
label input[type=search]{width:240px}
select{max-width:280px}
button{cursor:pointer;background:var(--raised)}
:focus-visible{outline:3px solid var(--accent);outline-offset:1px}
table{border-collapse:collapse;width:100%}
th,td{padding:7px 10px;text-align:left;vertical-align:top;border-top:1px solid var(--line);unicode-bidi:isolate}
thead th{border-top:0;background:var(--raised);white-space:nowrap}
tbody th{font-weight:inherit}
td.why,td.what{overflow-wrap:anywhere;min-width:220px}
td.name{overflow-wrap:anywhere;min-width:110px}
.number{text-align:right;font-variant-numeric:tabular-nums}
th button{border:0;background:none;padding:0;min-height:24px;font-weight:600}
th[aria-sort=ascending] button::after{content:" ▲"}
th[aria-sort=descending] button::after{content:" ▼"}
.id{font:13px/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:nowrap}
button.link{border:0;background:none;padding:0;min-height:24px;color:var(--accent);text-decoration:underline;text-align:left}
.mark{display:inline-flex;gap:7px;align-items:center;white-space:nowrap}
.more{display:flex;gap:12px;margin:12px 0 0}
dialog{width:min(820px,calc(100vw - 24px));max-height:86vh;border:1px solid var(--line);border-radius:10px;padding:0;
background:var(--ground);color:var(--text)}
dialog::backdrop{background:rgba(0,0,0,.45)}
dialog header{display:flex;justify-content:space-between;gap:16px;align-items:start;padding:16px 18px 8px}
dialog h2{margin:0;overflow-wrap:anywhere}
dialog .body{padding:0 18px 18px;overflow-wrap:anywhere}
.failure{border-left:6px solid var(--Failed);background:var(--raised);padding:8px 12px;white-space:pre-wrap}
[hidden]{display:none!important}
@media (max-width:1080px){.sums{grid-template-columns:repeat(5,1fr)}}
@media (max-width:640px){.sums{grid-template-columns:repeat(3,1fr)}main{padding:16px 12px 48px}h1{font-size:1.35rem}.wide{display:none}
form label,form input,form select,label input[type=search]{width:100%;max-width:none}form label{flex:1 1 100%}
th,td{padding:6px}td.why,td.what{min-width:180px}td.name{min-width:76px}body{font-size:14px}.id{font-size:12px}}
@media print{:root{color-scheme:light;--ground:#fff;--text:#000;--muted:#444;--line:#bbb;--raised:#f4f4f4;--accent:#000;
--Failed:#9c1458;--Refused:#e69f00;--Done:#0b62a8;--Found:#8fd6b5;--Unchanged:#5b9bc8;--Nothing:#d8dde3;
--on-Failed:#fff;--on-Refused:#000;--on-Done:#fff;--on-Found:#000;--on-Unchanged:#000;--on-Nothing:#57606a}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{max-width:none;padding:0}form,.more,#tip,#cursor,#where,dialog,noscript{display:none!important}
.scroll{overflow:visible;border:0}.picture{padding:0;display:block}.picture svg{max-width:100%;height:auto}
button.link{color:inherit;text-decoration:none}th,td{padding:3px 6px;font-size:11px}.id{font-size:10px}tr{break-inside:avoid}
.sums{grid-template-columns:repeat(5,1fr)}.sums dd{font-size:1.1rem}h2{break-after:avoid}}
`
