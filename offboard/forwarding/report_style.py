"""The look of the forwarding report: one sheet for screen and paper, no fonts or pictures from elsewhere."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1c2530; --soft: #5a6675; --line: #d9dfe6; --paper: #fff; --desk: #eef1f4;
  --alarm: #a3172b; --alarm-wash: #fcf1f2; --suspicious: #a14d00; --suspicious-wash: #fdf5ec;
  --notice: #1d5a8c; --notice-wash: #f0f6fb; --none: #48705a; --none-wash: #f2f7f4;
  --unread: #5a6675; --unread-wash: #f3f4f6; --on-tone: #fff; }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --soft: #9dabba; --line: #35414e;
  --paper: #18202a; --desk: #0f151c; --alarm: #ff8592; --alarm-wash: #33191f; --suspicious: #f4ad63;
  --suspicious-wash: #31231a; --notice: #80bdf0; --notice-wash: #182938; --none: #8fc3a5; --none-wash: #1a2a22;
  --unread: #9dabba; --unread-wash: #202a35; --on-tone: #14191f; } }
* { box-sizing: border-box; }
html { font-size: 15px; }
body { margin: 0; background: var(--desk); color: var(--ink);
  font: 1rem/1.5 "Source Sans 3", "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
main { max-width: 60rem; margin: 2rem auto; padding: 2.75rem 3.25rem 2.25rem; background: var(--paper);
  border-radius: 6px; box-shadow: 0 1px 4px rgb(28 37 48 / 14%); }
header { border-bottom: 2px solid var(--ink); padding-bottom: .9rem; margin-bottom: 1.6rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; font-weight: 650; letter-spacing: -.01em; }
header p { margin: .35rem 0 0; color: var(--soft); }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .7rem; font-weight: 650; }
.lead { font-size: 1.08rem; margin: 0 0 1.3rem; max-width: 48rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
  gap: .8rem; margin: 0; padding: 0; list-style: none; }
.tiles li { border: 1px solid var(--line); border-top: 4px solid var(--tone); border-radius: 5px;
  padding: .65rem .9rem .7rem; background: var(--wash); }
.tiles strong { display: block; font-size: 1.9rem; line-height: 1.15; font-weight: 650; color: var(--tone); }
.tiles span { color: var(--soft); font-size: .92rem; }
.tiles b { display: block; color: var(--ink); font-weight: 600; }
.alarm { --tone: var(--alarm); --wash: var(--alarm-wash); }
.suspicious { --tone: var(--suspicious); --wash: var(--suspicious-wash); }
.notice { --tone: var(--notice); --wash: var(--notice-wash); }
.none { --tone: var(--none); --wash: var(--none-wash); }
.unread { --tone: var(--unread); --wash: var(--unread-wash); }
td.count { width: 6.5rem; color: var(--tone); font-weight: 600; }
article { border: 1px solid var(--line); border-left: 5px solid var(--tone); border-radius: 5px;
  padding: .9rem 1.2rem 1rem; margin: 0 0 .9rem; break-inside: avoid; }
article h3 { margin: 0; font-size: 1.08rem; font-weight: 650; overflow-wrap: anywhere; }
.verdict { float: right; margin: .1rem 0 .3rem .8rem; padding: .12rem .65rem; border-radius: 99px;
  background: var(--tone); color: var(--on-tone); font-size: .78rem; font-weight: 600; letter-spacing: .03em; }
td .verdict { float: none; margin: 0; }
.new { float: right; margin: .1rem 0 .3rem; padding: .06rem .6rem; border-radius: 99px; border: 1px solid var(--tone);
  color: var(--tone); font-size: .78rem; font-weight: 600; letter-spacing: .03em; }
code { font: .82rem/1.4 "Source Code Pro", "DejaVu Sans Mono", monospace; color: var(--soft); overflow-wrap: anywhere; }
.where { margin: .1rem 0 .75rem; color: var(--soft); font-size: .92rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 5.4rem 1fr; gap: .3rem .9rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
dd ul { margin: 0; padding: 0; list-style: none; }
dd li + li { margin-top: .15rem; }
.why { margin: 0; padding: 0; list-style: none; }
.why li { padding-left: 1rem; text-indent: -1rem; }
.why li::before { content: "\\2013"; display: inline-block; width: 1rem; text-indent: 0; color: var(--tone); }
.tag { display: inline-block; margin-left: .4rem; padding: 0 .45rem; border: 1px solid currentcolor; border-radius: 3px;
  font-size: .78rem; line-height: 1.35; color: var(--soft); }
.tag.outside { color: var(--alarm); font-weight: 600; }
.source { color: var(--soft); font-size: .85rem; white-space: nowrap; }
table { width: 100%; border-collapse: collapse; font-size: .94rem; }
th { text-align: left; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--ink);
  padding: .3rem .6rem .3rem 0; }
td { border-bottom: 1px solid var(--line); padding: .4rem .6rem .4rem 0; vertical-align: top;
  overflow-wrap: break-word; }
td.number { text-align: right; padding-right: 1.4rem; white-space: nowrap; }
tr { break-inside: avoid; }
footer { margin-top: 2.4rem; border-top: 1px solid var(--line); padding-top: 1rem; color: var(--soft);
  font-size: .88rem; }
footer p { margin: 0 0 .5rem; max-width: 50rem; }
@media (max-width: 44rem) { main { padding: 1.4rem; margin: 0; border-radius: 0; }
  .tiles { grid-template-columns: repeat(2, 1fr); }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
@media print { @page { size: A4; margin: 16mm 15mm 18mm; }
  :root { color-scheme: light; } html { font-size: 9.5pt; } body { background: none; }
  main { max-width: none; margin: 0; padding: 0; box-shadow: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  thead { display: table-header-group; }
  .tiles { grid-template-columns: repeat(5, 1fr); }
  h2 { break-after: avoid; } }
"""
