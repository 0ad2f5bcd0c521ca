"""The look of the HTML report: inline, for screens of any width, light and dark, and for paper."""

LIGHT = """
--bg:#ffffff;--panel:#f6f8fb;--text:#1b2432;--muted:#5b6778;--line:#dfe4ea;--accent:#2563eb;--code:#f3f5f9;
--c0:#2563eb;--c1:#0d9488;--c2:#d97706;--c3:#9333ea;--c4:#dc2626;--c5:#64748b;--c6:#0891b2;--c7:#65a30d;
--info:#2563eb;--info-bg:#eff5ff;--good:#0f7a55;--good-bg:#ecf9f3;--warning:#9a5b00;--warning-bg:#fff7e8;--serious:#b42318;--serious-bg:#fef1f0;
""".replace("\n", "")

DARK = """
--bg:#0f1420;--panel:#161d2b;--text:#e5e9f0;--muted:#9aa7ba;--line:#2b3446;--accent:#7da6f5;--code:#1a2130;
--c0:#5b8def;--c1:#2fb8a9;--c2:#e8a33d;--c3:#b57bee;--c4:#f0716b;--c5:#94a3b8;--c6:#38b6d1;--c7:#93c947;
--info:#8ab0ff;--info-bg:#17223b;--good:#5fd0a4;--good-bg:#12291f;--warning:#f0b45a;--warning-bg:#2c2312;--serious:#ff8f86;--serious-bg:#331a1b;
""".replace("\n", "")

STYLE = (
    ":root{color-scheme:light dark;" + LIGHT + "}"
    "@media (prefers-color-scheme:dark){:root{" + DARK + "}}"
    """
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.6 Inter,"Segoe UI",system-ui,-apple-system,"Helvetica Neue",Arial,"Noto Sans","DejaVu Sans",sans-serif}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-999px;top:0;background:var(--bg);padding:8px 12px;z-index:1}.skip:focus{left:8px}
header.top{border-bottom:1px solid var(--line);background:var(--panel);padding:40px max(24px,calc((100vw - 1192px)/2)) 30px}
header.top .kind{color:var(--accent);font-size:12.5px;font-weight:650;letter-spacing:.08em;text-transform:uppercase;margin:0 0 6px}
header.top h1{font-size:32px;line-height:1.2;font-weight:680;letter-spacing:-.015em;margin:0;overflow-wrap:anywhere}
header.top .meta{color:var(--muted);margin:8px 0 0}
.layout{max-width:1240px;margin:0 auto;padding:0 24px 80px;display:grid;grid-template-columns:230px minmax(0,1fr);gap:52px}
nav.toc{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding:30px 0;font-size:13.5px;line-height:1.4}
nav.toc h2{font-size:12px;font-weight:650;letter-spacing:.06em;text-transform:uppercase;color:var(--muted);margin:0 0 10px;padding:0;border:0}
nav.toc ol{list-style:none;margin:0;padding:0}nav.toc li{margin:0}
nav.toc a{display:block;color:var(--text);padding:4px 8px 4px 10px;border-left:2px solid var(--line);overflow-wrap:anywhere}
nav.toc ol ol a{padding-left:24px;color:var(--muted);font-size:13px;padding-top:2px;padding-bottom:2px}
nav.toc a:hover{border-left-color:var(--accent);color:var(--accent);text-decoration:none}
main{min-width:0;padding-top:14px}
h2,h3,h4{line-height:1.3;overflow-wrap:anywhere;scroll-margin-top:16px}
h2{font-size:24px;font-weight:670;letter-spacing:-.01em;margin:46px 0 14px;padding-top:22px;border-top:1px solid var(--line)}
main>section:first-child>h2{border-top:0;margin-top:0;padding-top:16px}
h3{font-size:18px;font-weight:650;margin:36px 0 10px}
h4{font-size:15px;font-weight:650;margin:26px 0 8px}
p{margin:10px 0;max-width:74ch;overflow-wrap:anywhere}
ul,ol.points{margin:10px 0;padding-left:22px;max-width:80ch}main li{margin:5px 0;overflow-wrap:anywhere}
b.d{font-weight:630;unicode-bidi:isolate}
code{font:.9em/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--code);border-radius:4px;padding:1px 5px;overflow-wrap:anywhere}
.ref{font-size:11px;font-weight:400;letter-spacing:0;color:var(--muted);font-variant-numeric:tabular-nums;margin-left:4px;white-space:nowrap}.ref:hover{color:var(--accent)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(132px,1fr));gap:12px;margin:18px 0}
.fact{border:1px solid var(--line);border-radius:8px;padding:11px 12px;background:var(--bg);min-width:0}
.fact dt{color:var(--muted);font-size:12.5px;line-height:1.35;display:flex;justify-content:space-between;gap:6px}.fact dd{margin:3px 0 0;font-size:20px;font-weight:620;letter-spacing:-.01em;font-variant-numeric:tabular-nums;line-height:1.3;overflow-wrap:anywhere}
.callout{border-left:3px solid var(--k);background:var(--kb);border-radius:0 7px 7px 0;padding:9px 14px;margin:9px 0;overflow-wrap:anywhere}
.callout .level{color:var(--k);font-weight:650;font-size:13px;margin-right:8px}
.info{--k:var(--info);--kb:var(--info-bg)}.good{--k:var(--good);--kb:var(--good-bg)}.warning{--k:var(--warning);--kb:var(--warning-bg)}.serious{--k:var(--serious);--kb:var(--serious-bg)}
.table{margin:22px 0}.title{font-weight:650;font-size:14px;margin:0 0 7px;overflow-wrap:anywhere}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:13.5px;line-height:1.45}
th,td{padding:7px 12px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);unicode-bidi:isolate}
tbody tr:last-child>*{border-bottom:0}tbody tr:hover>*{background:var(--panel)}
thead th{background:var(--panel);color:var(--muted);font-weight:600;font-size:12.5px;white-space:nowrap;vertical-align:bottom}
tbody th{font-weight:600;max-width:300px;overflow-wrap:break-word}td{max-width:440px;overflow-wrap:break-word}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.w,th.w{min-width:180px}tbody th.w{font-weight:400;max-width:440px}td.r{width:1%;min-width:0;text-align:right;white-space:nowrap}
figure{margin:22px 0}figcaption{font-weight:650;font-size:14px;margin-bottom:8px;overflow-wrap:anywhere}figcaption .unit{color:var(--muted);font-weight:400}
svg{display:block;width:100%;height:auto;max-width:820px;overflow:visible}
svg text{font-size:11px;fill:var(--text)}svg .muted{fill:var(--muted)}svg .grid{stroke:var(--line)}svg .axis{stroke:var(--muted);stroke-opacity:.6}
pre{margin:8px 0 16px;padding:12px 14px;background:var(--code);border:1px solid var(--line);border-radius:8px;overflow:auto;max-height:520px;font-size:12.5px;line-height:1.5;tab-size:4}
pre code{background:none;padding:0;font-size:inherit;overflow-wrap:normal;unicode-bidi:isolate}
.entry{margin:16px 0;scroll-margin-top:16px}.entry h3{font-weight:500;margin:0 0 5px;font-size:14px}.entry h3 .id{display:inline-block;min-width:44px;font-weight:680;color:var(--accent);font-variant-numeric:tabular-nums}
.entry pre{max-height:340px;margin:5px 0 0}.entry:target h3{background:var(--info-bg);border-radius:5px;box-shadow:0 0 0 5px var(--info-bg)}
footer{color:var(--muted);font-size:13px;margin-top:50px;padding-top:16px;border-top:1px solid var(--line)}
@media (max-width:1020px){.layout{grid-template-columns:minmax(0,1fr);gap:0}nav.toc{position:static;max-height:none;padding:22px 0 0}nav.toc>ol{columns:2;column-gap:28px}nav.toc>ol>li{break-inside:avoid}}
@media (max-width:560px){nav.toc>ol{columns:1}header.top{padding:26px 16px 20px}.layout{padding:0 16px 60px}header.top h1{font-size:26px}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
"""
    "@media print{:root{color-scheme:light;" + LIGHT + "}"
    """
@page{size:A4;margin:16mm 14mm}
body{font-size:10pt;line-height:1.45}.skip{display:none}header.top{padding:0 0 12pt;background:none}
.layout{display:block;padding:0;max-width:none}nav.toc{position:static;max-height:none;padding:12pt 0;break-after:page}nav.toc>ol{columns:2}
h2{break-before:auto;margin-top:22pt}h2,h3,h4,.title,figcaption{break-after:avoid}
.fact,.callout,figure,tr,.entry h3{break-inside:avoid}thead{display:table-header-group}
.scroll{overflow:visible;border-radius:0}table{font-size:8.3pt}th,td{padding:3pt 5pt;max-width:none}tbody th,td{overflow-wrap:anywhere}tbody th{min-width:62pt}td.w,th.w{min-width:96pt}thead th{white-space:normal}.facts{grid-template-columns:repeat(auto-fit,minmax(76pt,1fr));gap:6pt}.fact dd{font-size:13pt}
pre,.entry pre{max-height:none;overflow:visible;white-space:pre-wrap;overflow-wrap:anywhere;font-size:7.5pt}
a{color:inherit}tbody tr:hover>*{background:none}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
)
