/** The page's only style: for a phone and a wide screen, by day and by night, without a network. */
export const style = `
:root{color-scheme:light dark;--fg:#1a1d21;--bg:#fff;--dim:#66707a;--line:#d9dee3;--soft:#f3f5f7;--passed:#1a7f37;--failed:#c62828;--waits:#9a6700;--cached:#5b7fa6}
@media (prefers-color-scheme:dark){:root{--fg:#e6e9ec;--bg:#14171a;--dim:#98a2ad;--line:#333a41;--soft:#1d2226;--passed:#4cc26b;--failed:#ff7b72;--waits:#e0b341;--cached:#7ea6d0}}
*{box-sizing:border-box}body{margin:0 auto;max-width:72rem;padding:1rem;font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg)}
h1{font-size:1.4rem;margin:.2rem 0}h2{font-size:1.1rem;margin:1.6rem 0 .4rem;border-bottom:1px solid var(--line)}h3{font-size:1rem;margin:.8rem 0 .2rem}p{margin:.2rem 0}
a{color:inherit}.dim,.skipped{color:var(--dim)}.passed{color:var(--passed)}.failed,.error,.interrupted{color:var(--failed)}.warning,.waits{color:var(--waits)}
.stages{display:flex;flex-wrap:wrap;gap:.4rem;align-items:center;padding:0;list-style:none}.stages li{border:1px solid var(--line);border-left:4px solid currentColor;border-radius:4px;padding:.2rem .6rem}.stages small{color:var(--dim);display:block}
.time{position:relative;border:1px solid var(--line);border-radius:4px;overflow:hidden;background:var(--soft)}.bar{position:absolute;height:1.5rem;min-width:3px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis;font-size:.75rem;line-height:1.5rem;padding:0 .2rem;color:#fff;background:var(--passed);border-radius:3px}.bar.failed,.bar.interrupted{background:var(--failed);color:#fff}.bar.cached{background:var(--cached)}.bar.critical{outline:2px solid var(--fg);outline-offset:-2px}
@media (prefers-color-scheme:dark){.bar{color:#10151a}.bar.failed{color:#10151a}}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}th{color:var(--dim);font-weight:600}
pre{overflow-x:auto;background:var(--soft);padding:.5rem;border-radius:4px;font-size:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}details{margin:.3rem 0}.apart{margin:.8rem 0}summary{cursor:pointer}meter{width:6rem}
`;
