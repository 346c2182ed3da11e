// What the judge found, as the Markdown tables of docs/.
import { existsSync, readFileSync } from 'node:fs';
import { at } from './project.mjs';
import { markdown } from './say.mjs';

/** Phrases by protocol, written by hand: why sessions of it fail. */
function reasons() {
  const file = at('docs', 'judge-reasons.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

const percent = (part, whole) => `${Math.round((100 * part) / whole)} %`;

/** The table of both documents: the report's and the README's. */
export function judgeTable({ passed, of, results }) {
  const because = reasons();
  const rows = results.map((r) => [
    r.protocol,
    `${r.passed}/${r.count}`,
    r.passed === r.count ? '' : (because[r.protocol] ?? ''),
  ]);
  return markdown(['protocol', 'passed', 'what stands in the way'], [...rows, ['all', `${passed}/${of}`, '']], [1]);
}

export function judgeReport(outcome) {
  const opening =
    "Each protocol is learned from a capture of 50 sessions with the real server. Then the emulator takes the server's place and a real client plays";
  return report('What real clients say', opening, 'judge', outcome);
}

/** The same for the protocols that the project brings along. */
export function furtherReport(outcome) {
  const opening =
    'The protocols of `scripts/protocols/` came after the program: nothing in it was made with them in view, and what they showed to be missing was mended for protocols in general. As in [judge.md](judge.md), each is learned from a capture of 50 sessions with the real server, and a real client plays';
  return report('What real clients say of further protocols', opening, 'judge:further', outcome);
}

function report(title, opening, script, { date, sessions, passed, of, results }) {
  return `# ${title}

${opening} ${sessions} sessions that it never saw: other names, other values, other file contents. A session passes only when the client gets what the real server would have given it.

Written by \`npm run ${script}\` on ${date.slice(0, 10)}. Passed in all: ${passed} of ${of} (${percent(passed, of)}).

${judgeTable({ passed, of, results })}

## False alerts

All of these sessions are of kinds that training had, so an alert is a false one. _Unknown_: sessions with a request that was like none of training. _Unsure_: those, and sessions with a request that was only nearly known.

${alertsTable(results)}
`;
}

/** Sessions of known kinds in which something was taken for new. */
export function alertsTable(results) {
  const sum = (key) => results.reduce((total, r) => total + r[key], 0);
  const share = (key) => `${sum(key)}/${sum('count')} (${((100 * sum(key)) / sum('count')).toFixed(1)} %)`;
  const rows = results.map((r) => [r.protocol, `${r.unknown}/${r.count}`, `${r.unsure}/${r.count}`]);
  return markdown(['protocol', 'unknown', 'unsure'], [...rows, ['all', share('unknown'), share('unsure')]], [1, 2]);
}

/** `columns`: [{ title, outcome }], side by side. */
export function linksReport(columns) {
  const [first] = columns;
  const rows = first.outcome.results.map((r, i) => [
    r.protocol,
    ...columns.map((c) => `${c.outcome.results[i].passed}/${c.outcome.results[i].count}`),
  ]);
  const totals = columns.map((c) => `${c.outcome.passed}/${c.outcome.of}`);
  return `# What each kind of rule brings

The table of [judge.md](judge.md) again, with rules in the answers switched off by an option of \`learn\`:

- \`--links none\`: every answer is given as it was recorded. That is the machine of the 2005 paper.
- \`--links copy\`: parts of an answer may be copied from earlier requests. Those are the links of the 2006 paper.
- \`--links all\`: all rules that this project knows. The default.

Written by \`npm run judge:links\` on ${first.outcome.date.slice(0, 10)}; ${first.outcome.sessions} sessions for each protocol and column.

${markdown(
  ['protocol', ...columns.map((c) => `\`--links ${c.title}\``)],
  [...rows, ['all', ...totals]],
  columns.map((_, i) => i + 1),
)}
`;
}

/** One column for each number of training sessions, and one for exact replay. */
export function curvesReport({ date, sessions, sizes, columns }, picture) {
  const sum = (results, key) => results.reduce((total, r) => total + r[key], 0);
  const cells = (results) => `${sum(results, 'passed')}/${sum(results, 'count')}`;
  const shares = columns.map(({ results }) => percent(sum(results, 'passed'), sum(results, 'count')));
  const rows = columns[0].results.map((r, i) => [r.protocol, ...columns.map(({ results }) => cells([results[i]]))]);
  const failed = columns.flatMap(({ title, results }) =>
    results.filter((r) => r.why !== '').map((r) => `- ${r.protocol}, ${title}: ${r.why}`),
  );
  const table = markdown(
    ['protocol', ...columns.map(({ title }) => title)],
    [...rows, ['all', ...columns.map(({ results }) => cells(results))], ['', ...shares]],
    columns.map((_, i) => i + 1),
  );
  return `# How much training is enough

Each protocol is learned from the first ${sizes.join(', ')} sessions of its capture, and a real client plays ${sessions} sessions that it never saw, as in [judge.md](judge.md). The number over a column is the number of training sessions.

_Exact replay_ learns nothing: a server that answers when the very bytes came, in the very order, that one of ${Math.max(...sizes)} recorded sessions holds, and hangs up on anything else (\`scripts/lib/exact-replay.mjs\`). Its line in the figure is level because it has all recordings from the start.

Written by \`npm run judge:curves\` on ${date.slice(0, 10)}.

![Share of sessions passed by the number of training sessions](${picture})

${table}
${failed.length === 0 ? '' : `\nNot judged to the end:\n\n${failed.join('\n')}\n`}`;
}

/** `read 3/4, write 2/2`: operations right of those made, by their kind. */
function byKind(played = []) {
  const table = {};
  for (const [kind, [right, made]] of played.flatMap(({ kinds }) => Object.entries(kinds)))
    table[kind] = [(table[kind]?.[0] ?? 0) + right, (table[kind]?.[1] ?? 0) + made];
  return Object.entries(table)
    .map(([kind, [right, made]]) => `${kind} ${right}/${made}`)
    .join(', ');
}

/** Long sessions, against the real server and what was learned. */
export function longReport({ date, operations, results }) {
  const sum = (played, key) => played.reduce((total, session) => total + session[key], 0);
  const score = (played) => (played === undefined ? '' : `${sum(played, 'right')}/${sum(played, 'made')}`);
  const rows = results.map(({ protocol, real, learned, why }) => [
    protocol,
    score(real),
    score(learned),
    why === '' ? byKind(learned) : why,
  ]);
  const all = results.flatMap(({ learned }) => learned ?? []);
  const [right, made] = [sum(all, 'right'), sum(all, 'made')];
  return `# Long sessions

Each protocol is learned from the capture of [judge.md](judge.md), whose sessions do one thing and end. Then a client of the project's own (\`scripts/long/\`) does ${operations} operations in one connection (over UDP, from one socket), of all kinds that the capture holds, in random order, with values that it does not hold. An operation is right when all that it was told is what the real server says. After a wrong answer the client opens a new connection.

Written by \`npm run judge:long\` on ${date.slice(0, 10)}. Right in all: ${right} of ${made} (${made === 0 ? '' : percent(right, made)}).

${markdown(['protocol', 'real server', 'learned', 'by kind'], rows, [1, 2])}
`;
}

/** One connection as the whole training set. */
export function singleReport({ date, train, test, results }) {
  const score = (played) => (played === undefined ? '' : played.exchanges.join('/'));
  const rows = results.map(({ protocol, real, learned, learnSeconds, why }) => [
    protocol,
    learnSeconds === undefined ? '' : `${learnSeconds.toFixed(1)} s`,
    score(real),
    score(learned),
    learned === undefined ? '' : percent(...learned.exchanges),
    why === '' ? byKind([learned]) : why,
  ]);
  return `# What one connection teaches

A client of the project's own (\`scripts/long/\`) makes one connection to the real server (over UDP, it uses one socket) and does ${train} exchanges in it, of all kinds, in random order. The capture of that connection is all that is learned from. Then the client does ${test} further exchanges with the emulator, with names, values and addresses of its own; a freshly started real server is asked the same. An exchange is right when it is what the real server says; an operation (by kind) when all its exchanges are.

Written by \`npm run judge:single\` on ${date.slice(0, 10)}.

${markdown(['protocol', 'learned in', 'real server', 'learned', 'share', 'operations by kind'], rows, [1, 2, 3, 4])}
`;
}

/** A text as code, also where a backtick stands in it. */
const code = (text) => (text.includes('`') ? `\`\`${text}\`\`` : `\`${text}\``);

/** Which fields of answers vary between two plays, at the real server and at the emulator. */
export function variationReport({ date, sessions, pairs, results, shown }) {
  const wrong = ({ frozen, jittery }) => frozen.length + jittery.length;
  const fields = (sum) => sum.agreed + sum.chance + wrong(sum);
  const cells = (sum) =>
    sum === undefined
      ? ['', '', '', '', '', '']
      : [fields(sum), sum.frozen.length, sum.jittery.length, sum.chance, sum.own, sum.apart];
  const all = results.flatMap(({ again, together }) => [again, together]).filter((sum) => sum !== undefined);
  const total = (count) => all.reduce((sum, one) => sum + count(one), 0);
  const rows = results.map(({ protocol, again, together, why }) => [
    protocol,
    ...cells(again),
    ...cells(together),
    why === '' ? '' : why,
  ]);
  const head = ['fields', 'frozen', 'jittery', 'now and then', 'server otherwise', 'other answers'];
  const examples = results.flatMap(({ protocol, again, together }) => {
    const seen = new Set();
    return ['frozen', 'jittery']
      .flatMap((kind) => [again, together].flatMap((sum) => (sum?.[kind] ?? []).map((field) => ({ kind, ...field }))))
      .filter(({ kind, where, at: place }) => {
        const key = `${kind} ${where.replace(/^\S+ /, '')} ${place}`;
        return !seen.has(key) && seen.add(key);
      })
      .slice(0, 4)
      .map(
        ({ kind, before, real, ours, where, at: place }) =>
          `- ${protocol}, ${kind}: byte ${place} of ${where.replace(/^\S+ /, '')}, behind ${code(shown(before))}: the real server said ${code(shown(real))} first, the emulator ${code(shown(ours))}`,
      );
  });
  const missed = total(wrong);
  const of = total(fields);
  return `# What varies, and what should

The same ${sessions} client sessions of each protocol (same seed, same source) are played against the real server and against what was learned, at the same moments of the same seconds: ${pairs + 1} times one after the other, so that each play has the next one to be compared with (_twice_), and ${pairs} times by two clients at once, whose plays are compared with each other (_at once_).

A field is a longest run of bytes of an answer that differs in one of these ${pairs} pairs or another. What was said in the first play places the fields of both servers. _Frozen_: it varies at the real server in more than half of the pairs, and at the emulator in none. _Jittery_: the other way round. _Now and then_: it varies at one of both only, and there in half of the pairs or less: a clock may have ticked in that pair and not in others, or two clients met. Servers that vary alike are told apart by this rule in less than one of twenty fields.

_Server otherwise_: answers in which the real server itself says less than half of the same the next time. _Other answers_: those of which less than half is what the real server said, or where the emulator says less than half of the same the next time. There is no field to compare in them; [judge.md](judge.md) counts what is wrong. Where the plays of a TCP session do not have as many answers, all that the server said in it is compared at once.

Written by \`npm run variation\` on ${date.slice(0, 10)}. Of ${of} fields that vary at one of both, ${missed} disagree${of === 0 ? '' : ` (${percent(missed, of)})`}: ${total(({ frozen }) => frozen.length)} frozen, ${total(({ jittery }) => jittery.length)} jittery.

${markdown(
  ['protocol', ...head.map((title) => `twice: ${title}`), ...head.map((title) => `at once: ${title}`), ''],
  rows,
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
)}
${examples.length === 0 ? '' : `\nSome that disagree:\n\n${examples.join('\n')}\n`}`;
}

/** What the services say to what clients of other protocols say. */
export function scanReport({ date, probes, results }) {
  const kinds = ['alike', 'mute', 'otherwise ended', 'given away'];
  const count = ({ verdicts }, kind) => verdicts.filter((one) => one === kind).length;
  const rows = results.map((result) => [result.protocol, ...kinds.map((kind) => count(result, kind)), result.why]);
  const sums = kinds.map((kind) => results.reduce((sum, result) => sum + count(result, kind), 0));
  return `# What a scanner finds out

Each service is told what clients of the ${probes} other protocols of the testbed say first, as a scanner does that tries every protocol on every port: a connection each, and for the real server and for the emulator the same. Nothing of it was in training, so no learning can know what the real server answers.

_Alike_: both are silent, or their answers begin with the same eight bytes, and over TCP a silent connection stays open or is closed at both. _Mute_: the real server answers, with an error as a rule, and the emulator says nothing. _Otherwise ended_: both say nothing, but one of them closes. _Given away_: the emulator answers where the real server is silent, or something else.

Written by \`npm run judge:scan\` on ${date.slice(0, 10)}.

${markdown(['protocol', ...kinds, ''], [...rows, ['all', ...sums, '']], [1, 2, 3, 4])}
`;
}

/** What a version scan says of the services. */
export function nmapReport({ date, version, results }) {
  const rows = results.map((r) => [r.protocol, r.verdict, r.real, r.ours]);
  const count = (kind) => results.filter(({ verdict }) => verdict === kind).length;
  return `# What nmap says

${version} is asked for the version of each service of the testbed (\`nmap -sV -Pn\`), once of the real server and once of the emulator that was learned from its capture. Nothing of nmap's probes was in training, nor is anything of them in the program.

_Same_: service, product, version and whatever else it says are the same. _Less_: the emulator lacks some of it, and nothing differs. _Other_: something differs. A service that is known by the number of its port only is in brackets.

Written by \`npm run judge:nmap\` on ${date.slice(0, 10)}: ${count('same')} the same, ${count('less')} less, ${count('other')} other${results.length > 0 ? `, of ${results.length}` : ''}.

${markdown(['protocol', '', 'of the real server', 'of the emulator'], rows, [])}
`;
}

/** The first column has all rules; each further one leaves out a family. */
export function ablationReport({ date, sessions, replay, columns }) {
  const sum = (results, key) => results.reduce((total, r) => total + r[key], 0);
  const [all, ...others] = columns;
  const score = ({ passed, count, why }) => (why === '' || count > 0 ? `${passed}/${count}` : 'failed');
  const total = ({ results }) => sum(results, 'passed');
  const ranked = [...others].sort((a, b) => total(a) - total(b));
  const summary = ranked.map((column) => [
    column.title,
    column.about,
    `${total(column)}/${sum(column.results, 'count')}`,
    total(column) - total(all),
    all.results
      .map((r, i) => ({ protocol: r.protocol, lost: r.passed - column.results[i].passed }))
      .filter(({ lost }) => lost > 0)
      .sort((a, b) => b.lost - a.lost)
      .map(({ protocol, lost }) => `${protocol} −${lost}`)
      .join(', '),
  ]);
  const rows = all.results.map((r, i) => [
    r.protocol,
    score(r),
    ...ranked.map(({ results }) => (results[i].passed === r.passed ? '' : score(results[i]))),
  ]);
  const way = replay
    ? 'Measured by cross-validation over the captures (`scriptgen evaluate`): answers right, but for bytes in which the real server varies.'
    : `Measured by real clients, ${sessions} sessions for each protocol, as in [judge.md](judge.md).`;
  return `# What each family of rules is worth

Learning leaves out one family of rules at a time (\`learn --without NAME\`); what is lost is what the family brings that no other rule does as well. ${way}

Written by \`npm run ablation${replay ? ' -- --replay' : ''}\` on ${date.slice(0, 10)}. With all rules: ${total(all)} of ${sum(all.results, 'count')}.

${markdown(['without', 'what it is', 'right', 'change', 'where'], summary, [2, 3])}

By protocol; an empty cell is the same as with all rules:

${markdown(
  ['protocol', 'all rules', ...ranked.map(({ title }) => title)],
  rows,
  columns.map((_, i) => i + 1),
)}
`;
}

/** Sessions of a kind that was left out of training, with a real host behind the emulator. */
export function handOverReport({ date, results }) {
  const done = results.filter(({ left, known }) => left && known);
  const sum = (pick) => done.reduce((total, r) => total + pick(r), 0);
  const all = sum((r) => r.count);
  const share = (part) => (all === 0 ? '' : `${part}/${all} (${((100 * part) / all).toFixed(1)} %)`);
  const rows = results.map((r) =>
    r.left && r.known
      ? [
          r.protocol,
          r.out,
          `${r.left.passed}/${r.count}`,
          `${r.left.relayed}/${r.count}`,
          `${r.left.unsure}/${r.count}`,
          `${r.known.passed}/${r.count}`,
          `${r.known.unknown}/${r.count}`,
          `${r.known.unsure}/${r.count}`,
        ]
      : [r.protocol, r.out, r.why, '', '', '', '', ''],
  );
  const totals = [
    share(sum((r) => r.left.passed)),
    share(sum((r) => r.left.relayed)),
    share(sum((r) => r.left.unsure)),
    share(sum((r) => r.known.passed)),
    share(sum((r) => r.known.unknown)),
    share(sum((r) => r.known.unsure)),
  ];
  return `# What was never seen

One kind of session is left out of training. The emulator has the real server as its backend (\`serve --backend\`), and real clients play sessions of that kind, and then of the kinds that are known, with names and values that were never seen.

- _passed_: the client got what the real server would have given it.
- _handed over_: the real server took over, after it was brought to where the client was.
- _noticed_: the log has an unknown request, or one that was only nearly known.
- _unknown_, _unsure_ in sessions of known kinds: false alerts, without and with those that were only nearly known.

Written by \`npm run judge:handover\` on ${date.slice(0, 10)}.

${markdown(
  ['protocol', 'left out', 'passed', 'handed over', 'noticed', 'known kinds passed', 'unknown', 'unsure'],
  [...rows, ['all', '', ...totals]],
  [2, 3, 4, 5, 6, 7],
)}

What a session of the kind left out says can still be what known kinds say, with other names and values: then there is nothing to notice, and it stays with the emulator.
`;
}
