/* sharekit: charts that can be explored. The drawings in the page are the charts; this file swaps one for a Plotly
   chart of the same data when somebody presses "Explore" or rests a mouse on it, and only then loads Plotly and
   explore.js, in one file. When anything fails, the drawing stays. A classic script without dependencies, so that it
   works from file:// as well.

   <div class="plot" data-chart="ID"><div data-static>drawings</div><script type="application/json" data-figure>
   <button data-explore="ID" hidden> */
(() => {
  'use strict';
  const me = document.currentScript;
  const $ = (s, el = document) => el.querySelector(s);
  const $$ = (s, el = document) => [...el.querySelectorAll(s)];
  const REST = 180;   // ms that a mouse rests on a chart before it is explored

  /* loading Plotly -------------------------------------------------------------------------- */
  let loading = null;
  const load = () => {
    loading ??= new Promise((resolve, reject) => {
      if (!me.dataset.plotly) { reject(new Error('no address')); return; }
      const head = document.head;
      if (me.dataset.plotlyCss && !document.getElementById('plotly.js-style-global')) {
        const link = document.createElement('link');   // with this id and class Plotly adds no style of its own
        link.id = 'plotly.js-style-global'; link.className = 'no-inline-styles'; link.rel = 'stylesheet';
        link.href = me.dataset.plotlyCss;
        head.append(link);
      }
      const script = document.createElement('script');
      const done = (then) => () => { delete head.appendChild; then(); };
      script.onload = done(() => (window.sharekitExplore ? resolve(window.sharekitExplore) : reject(new Error('no Plotly'))));
      script.onerror = done(() => { script.remove(); reject(new Error('not loaded')); });
      // Parts of the bundle that we never draw with want a style element in the page; the policy would refuse it aloud.
      head.appendChild = (node) => (node.nodeName === 'STYLE' ? node : Node.prototype.appendChild.call(head, node));
      script.src = me.dataset.plotly;
      head.append(script);
    }).catch((error) => { loading = null; throw error; });
    return loading;
  };

  const say = (text) => {
    const toast = $('[data-toast]');
    if (!toast) return;
    toast.textContent = text;
    setTimeout(() => { if (toast.textContent === text) toast.textContent = ''; }, 4000);
  };

  async function open(chart) {
    if (chart.live || chart.opening) return;
    chart.opening = true;
    chart.buttons.forEach((b) => b.setAttribute('aria-busy', 'true'));
    try {
      const explore = await load();
      await explore.draw(chart);
    } catch { say('This chart cannot be explored right now. The drawing stays.'); }
    chart.opening = false;
    chart.buttons.forEach((b) => b.removeAttribute('aria-busy'));
  }

  async function press(chart, button) {
    if (chart.acts) { window.sharekitExplore.close(chart); return; }
    await open(chart);
    if (!chart.live || chart.acts) return;
    chart.acts = window.sharekitExplore.actions(chart);
    chart.plot.append(chart.acts);
    button.setAttribute('aria-pressed', 'true');
    chart.live.focus({ preventScroll: true });
  }

  const drawing = window.sharekitDrawing;

  /* the drawing of the view that is chosen: both widths, so that paper and a turned phone have theirs ----------- */
  const chosen = (group) => ($('input:checked', group) || $('select', group))?.value;
  const seen = (el) => el.getClientRects().length > 0;
  function show(list, both = false) {
    const drawn = list.filter((chart) => chart.drawn), groups = $$('[data-view]');
    const lit = groups.filter((g) => g.hasAttribute('data-lights')).map(chosen).pop();
    const places = drawn.map(({ still, plot }) => [$('.w', still), $('.n', still), plot].map(seen));   // all read before one is written
    drawn.forEach((chart, n) => {
      const { meta } = chart.figure.layout, range = groups.find((g) => g.dataset.view === meta.view);
      const state = (range && chosen(range)) || meta.shown, key = [state, lit].join(' ');
      [['.w', false], ['.n', true]].forEach(([which, narrow], at) => {
        if (chart.keys[which] === key || !(both || places[n][at])) return;
        chart.keys[which] = key;
        $(which, chart.still).outerHTML = drawing.draw(chart.figure, { state, narrow, lit });
      });
      chart.title = meta.says?.[state] ?? meta.finding;
      if (!places[n][2]) return;
      caption(chart, state);
      if (chart.told === state) return;
      chart.told = state;
      tell(chart, meta.ranges?.[state]);
    });
  }

  /* numbers that no line breaks, as nonbreaking.py leaves them: a sign stays with its currency, a number with its unit */
  const whole = (words) => words.replace(/([\d.,][kmbt]?n?) (?=(?:ns|µs|ms|s|min|h|d|pt|x)\b)/g, '$1\u00a0')
    .split(/([+\u2212][$£€¥₹₩₽₺₴₦฿₫₪][\d.,]*\d(?:[kmbt]n?\b)?)/).map((part, n) => {
      if (n % 2 === 0) return part;
      const span = document.createElement('span');
      span.className = 'nowrap'; span.textContent = part;
      return span;
    });

  /* what stands with the drawing follows it: the caption, which is the build's own for the first view, ... */
  const captions = new Map();
  function caption(chart, state) {
    const el = chart.plot.closest('figure')?.querySelector('figcaption'), written = captions.get(el);
    if (!written || written.key === chart.id + ' ' + state) return;
    written.key = chart.id + ' ' + state;
    const named = chart.title.startsWith(chart.titled) ? chart.title.slice(chart.titled.length).replace(/^( by [^,:]*)?[,:] /, '') : chart.title;
    if (written.key === written.first) el.replaceChildren(...written.nodes);
    else if (named) el.replaceChildren(...whole(named[0].toUpperCase() + named.slice(1)));
  }
  /* ... and the rows of its table */
  function tell(chart, range) {
    if (!range) return;
    $$('[data-notes] > li', chart.plot.closest('.panel') || chart.plot).forEach((note) => { note.hidden = note.dataset.day < range[0]; });
    const table = document.getElementById('t' + chart.id.slice(1));
    if (!table) return;
    const days = $$('tbody tr', table).map((row) => {
      const day = row.cells[0].dataset.value || '';
      row.hidden = day < range[0];
      return day;
    });
    const older = table.closest('.more__in')?.querySelector('[data-older]');
    if (older) older.hidden = !days.length || days[0] <= range[0];
  }

  function setUp(plot) {
    let figure;
    try { figure = drawing.read(JSON.parse($('[data-figure]', plot).textContent)); } catch { return; }
    const id = plot.dataset.chart, buttons = $$('[data-explore]').filter((b) => b.dataset.explore === id);
    const still = $('[data-static]', plot), said = document.createElement('p');
    const title = $('svg[aria-label]', still)?.getAttribute('aria-label') || '';
    said.className = 'vh'; said.setAttribute('role', 'status');
    plot.append(said);
    const chart = { id, plot, figure, still, buttons, said, say, title, titled: buttons[0]?.textContent.replace(/^\s*Explore\s*/, '') || title, live: null, acts: null, lit: null };
    chart.figure.layout.meta.finding = title;
    const first = [figure.layout.meta.shown, $$('[data-view][data-lights]').map((g) => g.dataset.default).pop()].join(' ');
    Object.assign(chart, { drawn: plot.classList.contains('plot--drawn') && drawing.can(figure), keys: { '.w': first }, told: figure.layout.meta.shown });
    charts.push(chart);
    const el = plot.closest('figure')?.querySelector('figcaption'), key = id + ' ' + figure.layout.meta.shown;
    if (el && !captions.has(el)) captions.set(el, { first: key, key, nodes: [...el.childNodes] });
    buttons.forEach((b) => {
      b.hidden = false;
      b.addEventListener('click', () => press(chart, b));
    });
    let timer;
    plot.addEventListener('pointerenter', (ev) => {
      if (ev.pointerType === 'mouse' && !navigator.connection?.saveData) timer = setTimeout(() => open(chart), REST);
    });
    plot.addEventListener('pointerleave', () => clearTimeout(timer));
  }
  const charts = [];
  const sizes = window.ResizeObserver && new ResizeObserver((entries) => show(charts.filter((c) => entries.some(({ target }) => c.plot === target))));
  document.addEventListener('change', (ev) => { if (ev.target.closest?.('[data-view]')) show(charts); });
  addEventListener('beforeprint', () => show(charts, true));
  const start = () => {
    $$('.plot[data-chart]').forEach(setUp);
    show(charts);
    charts.forEach(({ plot }) => sizes?.observe(plot));
  };
  if (document.readyState === 'complete') start(); else document.addEventListener('DOMContentLoaded', start);   // after site.js has read the address
})();
