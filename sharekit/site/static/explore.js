/* sharekit: what a chart looks like while it is being explored, and what can be done with it. Travels at the end of the
   Plotly file (sharekit/site/charts/plotly.py), since nobody needs it before. charts.js calls it; figures and the
   meaning of meta.role: sharekit/site/charts/plotly_figures.py. All colours and faces come from the page's tokens. */
(() => {
  'use strict';
  const { Plotly } = window;
  const root = document.documentElement;
  const $ = (s, el = document) => el.querySelector(s);
  const $$ = (s, el = document) => [...el.querySelectorAll(s)];
  const token = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const NARROW = 480, LABEL_GAP = 14;
  const open = new Set();

  /* the look: tokens and the role of each trace ------------------------------------------------ */
  const ruler = document.createElement('canvas').getContext('2d');
  const bare = (words) => words.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&#123;/g, '{').replace(/&amp;/g, '&');
  const measure = (words, size = 12, weight = 400) => {
    ruler.font = weight + ' ' + size + 'px ' + token('--font-ui');
    return ruler.measureText(bare(words)).width;
  };
  const cut = (words, width, size, weight) => {
    if (measure(words, size, weight) <= width) return words;
    let plain = bare(words);
    while (plain.length > 1 && measure(plain + '…', size, weight) > width) plain = plain.slice(0, -1);
    return plain.trimEnd().replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;') + '…';
  };
  const ends = (trace) => {   // index of the last point with a value
    for (let n = trace.y.length - 1; n >= 0; n -= 1) if (trace.y[n] !== null) return n;
    return -1;
  };
  const endDot = (trace, color, edge, size = 9) => {
    const last = ends(trace);
    return { mode: 'lines+markers', cliponaxis: false, marker: { color, opacity: 1, size: trace.y.map((_, n) => (n === last ? size : 0)), line: { color: edge, width: 2 } } };
  };
  const line = (color, width, dash = 'solid') => ({ line: { color, width, dash } });
  const quiet = { hoverinfo: 'skip', hovertemplate: null };

  const hollow = (trace, n) => (trace.meta.hollow || []).includes(n) || (Boolean(trace.meta.open) && n === trace.x.length - 1);
  const looks = {
    series: (t) => ({ ...line(token('--chart-1'), 2.25), ...endDot(t, token('--chart-1'), token('--surface')) }),
    open: (t) => ({ ...line(token('--chart-1'), 2.25, '4px,4px'), ...endDot(t, token('--surface'), token('--chart-1')) }),
    partial: (t) => ({ ...line(token('--chart-1'), 2.25, '4px,4px'), mode: 'lines+markers', cliponaxis: false, marker: { color: token('--surface'), opacity: 1, size: t.x.map((_, n) => (n < t.x.length - 1 ? 9 : 0)), line: { color: token('--chart-1'), width: 2 } } }),
    target: () => line(token('--ink'), 1.25, '2px,3px'),
    pace: () => line(token('--ink-3'), 1.25, '5px,4px'),
    projection: (t) => ({ ...line(token('--chart-1'), 2.25, '2px,5px'), ...endDot(t, token('--surface'), token('--chart-1'), 8) }),
    low: () => ({ ...line('rgba(0,0,0,0)', 0), ...quiet }),
    high: () => ({ ...line('rgba(0,0,0,0)', 0), fill: 'tonexty', fillcolor: token('--chart-band'), ...quiet }),
    goal: () => ({ mode: 'markers', cliponaxis: false, marker: { color: token('--ink'), size: 8, line: { color: token('--surface'), width: 2 } } }),
    old: (t) => ({ ...line(token('--chart-5'), 1.75), ...endDot(t, token('--chart-5'), token('--surface')) }),
    was: (t) => ({ mode: 'markers', cliponaxis: false, marker: { color: token('--surface'), opacity: t.meta.off ? 0 : 1, size: 7, line: { color: token('--ink-3'), width: 1.5 } } }),
    new: (t) => ({
      ...line(token('--chart-1'), 2.25), ...endDot(t, token('--chart-1'), token('--surface')), fill: 'tonexty',
      fillcolor: 'rgba(0,0,0,0)', fillpattern: { shape: '/', size: 6, solidity: .16, fgcolor: token('--chart-5'), bgcolor: 'rgba(0,0,0,0)' },
    }),
    bar: (t) => ({ marker: { color: t.x.map((_, n) => token(hollow(t, n) ? '--surface' : '--chart-1')), line: { color: token('--chart-1'), width: t.x.map((_, n) => (hollow(t, n) ? 1.5 : 0)) } } }),
    rows: (t) => ({ marker: { color: t.x.map((x, n) => (t.moved ? (t.customdata[n] === 'all' ? token('--ink-3') : x < 0 ? token('--ramp-2') : token('--chart-1')) : token(t.few?.includes(n) ? '--chart-context' : '--chart-1'))) }, textposition: 'outside', cliponaxis: false, textfont: { size: 13, color: token('--ink') } }),
  };
  const member = (trace, lit, n, few) => {
    if (lit === 'all' && trace.meta.key === 'all') return { ...line(token('--ink'), 2.5), ...endDot(trace, token('--ink'), token('--surface')) };
    if ((lit === null || (lit === 'all' && few)) && !trace.meta.few) return { ...line(token('--chart-' + (n % 5 + 1)), 2), ...endDot(trace, token('--chart-' + (n % 5 + 1)), token('--surface'), 8) };
    const on = trace.meta.key === lit;
    return on ? { ...line(token('--chart-1'), 2.5), ...endDot(trace, token('--chart-1'), token('--surface')) } : line(token('--chart-context'), 1.25);
  };

  // A line that begins where another one ends: its first point is not its own, so only the others can be pointed at.
  const tail = (made) => {
    const own = (all) => all.slice(1);
    const only = { x: own(made.x), y: own(made.y), text: own(made.text), mode: 'markers', marker: { ...made.marker, size: own(made.marker.size) } };
    return [{ ...made, mode: 'lines', ...quiet }, { ...made, ...only }];
  };

  /* More points than can be told apart: neighbours are drawn together, as in the page's drawing (drawing.js), and each
     single one can still be pointed at. Gives that trace first, then what is drawn of it. */
  const between = (days) => new Date((Date.parse(days[0]) + Date.parse(days[days.length - 1])) / 2).toISOString();
  const middle = (sorted) => sorted[Math.trunc((sorted.length - 1) / 2)];
  const rising = (group) => group.map(([, value]) => value).filter((value) => value !== null).sort((a, b) => a - b);
  function together(made, from, width, grain) {
    const { DENSE, DENSE_BARS, groupSize } = window.sharekitDrawing.crowds, bars = made.type === 'bar';
    const points = made.x.map((on, n) => [on, made.y[n], n]).filter(([on]) => on >= from);
    const many = bars ? points.length : points.filter(([, value]) => value !== null).length;
    if (made.meta.steps || many <= (bars ? DENSE_BARS : DENSE)) return [made];
    const size = groupSize(many, { left: 0, right: width }, grain);
    return bars ? barsTogether(made, points, size) : lineTogether(made, points, size);
  }
  function lineTogether(made, points, size) {
    const { neighbours, runs } = window.sharekitDrawing.crowds, own = { ...made, ...quiet, name: '', text: [], mode: 'lines' };
    const course = { x: [], y: [] }, band = { x: [], y: [] };
    const add = (to, ...more) => more.forEach(([x, y]) => { to.x.push(x); to.y.push(y); });
    runs(points.map((point) => (point[1] === null ? null : point))).forEach((run) => {
      const groups = neighbours(run, size).map((group) => [between([group[0][0], group[group.length - 1][0]]), rising(group)]);
      add(course, ...groups.map(([x, values]) => [x, middle(values)]), run[run.length - 1], [null, null]);
      add(band, ...groups.map(([x, values]) => [x, values[values.length - 1]]), ...groups.map(([x, values]) => [x, values[0]]).reverse(), [null, null]);
    });
    return [
      { ...made, mode: 'markers', marker: made.marker || { opacity: 0 } },
      ...(made.line.width > 2 ? [{ ...own, ...band, ...line('rgba(0,0,0,0)', 0), fill: 'toself', fillcolor: token('--chart-band') }] : []),   // of the lit one
      { ...own, ...course, connectgaps: false },
    ];
  }
  function barsTogether(made, points, size) {
    const { neighbours } = window.sharekitDrawing.crowds, part = made.meta.role === 'part', open = ([, , n]) => !part && hollow(made, n);
    const whole = points.filter((point) => !open(point)), first = whole.length ? whole[0][2] : Infinity;
    const groups = [whole, points.filter((point) => open(point) && point[2] < first), points.filter((point) => open(point) && point[2] > first)]
      .flatMap((all) => neighbours(all, size)).filter((group) => rising(group).length);
    const value = (group) => (part ? group.reduce((sum, [, one]) => sum + (one || 0), 0) / group.length : middle(rising(group)));
    const x = groups.map((group) => between(group.map(([on]) => on))), meta = { ...made.meta, open: false, hollow: groups.flatMap((group, n) => (open(group[0]) ? [n] : [])) };
    const step = (Date.parse(points[points.length - 1][0]) - Date.parse(points[0][0])) / (points.length - 1);
    const drawn = { ...made, ...quiet, name: '', text: [], x, y: groups.map(value), meta, width: groups.map((group) => step * group.length * .68) };
    const last = Math.max(...whole.filter(([, one]) => one !== null).map(([, , n]) => n));
    const reach = groups.flatMap((group) => rising(group).filter((_, n, all) => n === 0 || n === all.length - 1).concat(null));
    return [
      { ...made, type: 'scatter', mode: 'markers', cliponaxis: false, marker: { color: token('--chart-1'), opacity: 1, size: made.x.map((_, n) => (n === last && !part ? 7 : 0)) } },
      part ? drawn : { ...drawn, ...looks.bar(drawn) },
      ...(part ? [] : [{ ...quiet, name: '', text: [], type: 'scatter', mode: 'lines', meta, x: groups.flatMap((group, n) => rising(group).slice(0, 2).map(() => x[n]).concat(null)), y: reach, ...line(token('--ink-2'), 1) }]),
    ];
  }

  /* switches of the page: which member is lit, which dates are shown ------------------------------ */
  const chosen = (group) => ($('input:checked', group) || $('select', group))?.value;
  const dataOf = ({ figure: { data, layout: { meta } } }) => (   // where members stand side by side, a total has another scale
    data.filter((t) => t.meta.role === 'member').length > 5 && !meta.behind ? data.filter((t) => t.meta.role !== 'total') : data);
  const litIn = (chart) => {
    const keys = dataOf(chart).map((t) => t.meta.key).filter(Boolean);
    if (chart.lit) return chart.lit;
    const asked = $$('[data-view][data-lights]').map(chosen).find((value) => keys.includes(value));
    if (asked) return asked;
    const members = dataOf(chart).filter((t) => t.meta.role === 'member').length;
    return keys.includes('all') ? 'all' : members > 5 ? keys[0] : null;
  };
  const viewOf = ({ figure: { layout: { meta, xaxis, yaxis } } }) => {   // dates and axis of the range that is chosen
    const group = meta.view && $$('[data-view]').find((g) => g.dataset.view === meta.view);
    const view = [group && chosen(group), meta.shown].find((value) => value && meta.ranges?.[value]);
    return view ? { range: meta.ranges[view], values: meta.axes[view] } : { range: xaxis.range, values: yaxis };
  };

  /* a figure becomes traces, layout and config for a width and height ------------------------------- */
  const axis = () => ({
    gridcolor: token('--chart-grid'), zeroline: false, ticks: 'outside', ticklen: 7, tickcolor: 'rgba(0,0,0,0)', fixedrange: true,
    tickfont: { size: 12, color: token('--ink-3') }, automargin: false, showline: false,
  });
  const common = (width, height) => ({
    width, height, font: { family: token('--font-ui'), size: 12, color: token('--ink-2') }, showlegend: false, bargap: .35, dragmode: false,
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
    hoverlabel: { bgcolor: token('--surface'), bordercolor: token('--control'), align: 'left', font: { family: token('--font-ui'), size: 13, color: token('--ink') } },
  });
  const config = () => ({ displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: false, locale: root.lang || 'en' });

  function overTime(chart, width, height) {
    const data = dataOf(chart), { layout } = chart.figure;
    const { range, values } = viewOf(chart), lit = litIn(chart);
    const few = data.filter((t) => t.meta.role === 'member').length <= 5;
    let n = -1;
    const traces = data.flatMap((trace) => {
      const { role } = trace.meta;
      if (role === 'member' || role === 'total') n += 1;
      if (role === 'part') { n += 1; return { ...trace, marker: { color: token('--ramp-' + (n % 4 + 1)), line: { color: token('--surface'), width: .75 } } }; }
      const made = { ...trace, ...(role === 'member' || role === 'total' ? member(trace, lit, n, few) : (looks[role] || looks.series)(trace)) };
      if (trace.meta.steps) made.line = { ...made.line, shape: 'hv' };
      return (role === 'open' || role === 'projection') && trace.x.length > 1 ? tail(made) : made;
    });
    const crowded = data.length > 9;
    if (crowded) traces.forEach((t) => { if (t.hovertemplate) t.hovertemplate = '%{fullData.name}: %{text}<extra></extra>'; });
    const bars = traces.some((t) => t.type === 'bar');
    const named = labels(data, lit, bars, width >= NARROW), swatch = named.some((l) => l.swatch) ? 14 : 0;
    const right = named.length ? Math.min(Math.max(...named.map((l) => measure(l.text, 12, 600))) + 16 + swatch, width * (width < NARROW ? (layout.meta.kind === 'pace' ? .36 : .3) : .29)) : 22;
    const left = Math.max(30, ...values.ticktext.map((words) => measure(words) + 10));
    const ticks = ticksOf(chart.figure, range, width - left - right);
    const margin = { l: left, r: right, t: layout.shapes || layout.meta.today ? 26 : 14, b: ticks.some((t) => t.year) ? 46 : 30, pad: 0 };
    const below = bars && values.range[0] < 0;
    const inner = { width: width - left - right, height: height - margin.t - margin.b };
    const drawn = traces.map((trace) => together(trace, range[0], inner.width, layout.meta.grain));
    return {
      data: drawn.flatMap(([, ...more]) => more).concat(drawn.map(([first]) => first)),   // dots on top
      layout: {
        ...common(width, height), margin, barmode: layout.barmode, hovermode: crowded ? 'closest' : 'x unified',
        xaxis: { ...axis(), type: 'date', range: bars ? padded(range, data[0].x) : range, showgrid: false, unifiedhovertitle: { text: layout.xaxis.unifiedhovertitle.text }, spikethickness: 1, spikedash: 'solid', spikecolor: token('--chart-axis'), spikemode: 'across', tickangle: 0, tickvals: ticks.map((t) => t.on), ticktext: ticks.map((t) => t.words + (t.year ? '<br>' + t.year : '')), showline: !below, linecolor: token('--chart-axis') },
        yaxis: { ...axis(), ...values, zeroline: below, zerolinecolor: token('--chart-axis') },
        shapes: bandOf(layout.meta).concat(marks(chart.figure, range, inner.width)),
        annotations: placed(named, values.range, inner.height, right).concat(newest(data), reached(data, layout.meta, values.range)),
      },
    };
  }
  const padded = ([from, to], x) => {   // half a period of room on either side of the bars
    const half = x.length > 1 ? (Date.parse(x[x.length - 1]) - Date.parse(x[0])) / (x.length - 1) / 2 : 432e5;
    return [Date.parse(from) - half, Date.parse(to) + half].map((at) => new Date(at).toISOString());
  };
  function labels(data, lit, bars, reaches) {
    const many = data.filter((t) => t.meta.role === 'member').length > 5;
    const parts = data.filter((t) => t.meta.role === 'part');
    if (parts.length) {
      let under = 0;
      return parts.map((t, n) => {
        const value = t.y[t.y.length - 1] || 0;
        under += value;
        return { text: t.meta.end || bare(t.name), y: under - value / 2, color: token('--ink-2'), weight: 400, swatch: token('--ramp-' + (n % 4 + 1)) };
      });
    }
    return data.filter((t) => t.meta.end && t.meta.role !== 'target' && !(many && t.meta.key !== lit)).map((t) => {
      const last = ends(t);
      const strong = t.meta.key ? t.meta.key === lit : ['series', 'new', 'projection'].includes(t.meta.role);
      return { text: t.meta.end, y: t.y[last], color: token(strong ? '--accent' : t.meta.role === 'goal' ? '--ink' : '--ink-3'), weight: strong || t.meta.role === 'goal' ? 600 : 400 };
    }).concat(reaches ? data.filter((t) => t.meta.reach).map((t) => ({ text: t.meta.reach, y: t.y[ends(t)], color: token('--ink-3'), weight: 400 })) : []).concat(bars ? [] : data.filter((t) => t.meta.role === 'target').map((t) => ({ text: t.meta.end, y: t.y[ends(t)], color: token('--ink-2'), weight: 400 })));
  }
  function placed(named, [low, high], height, room) {   // beside the line's end, kept apart
    const toY = (value) => (high - value) / (high - low) * height;
    const order = named.map((l) => ({ ...l, at: toY(l.y) })).sort((a, b) => a.at - b.at);
    for (let round = 0; round < 60; round += 1) {
      order.forEach((l, n) => {
        const next = order[n + 1];
        const over = next ? LABEL_GAP - (next.at - l.at) : 0;
        if (over > .01) { l.at -= over / 2; next.at += over / 2; }
        l.at = Math.min(Math.max(l.at, 0), height);
      });
    }
    const where = (l, xshift) => ({ xref: 'paper', x: 1, xanchor: 'left', xshift, yref: 'paper', y: 1 - l.at / height, yanchor: 'middle', showarrow: false, align: 'left' });
    return order.flatMap((l) => [
      { ...where(l, l.swatch ? 20 : 9), text: cut(l.text, room - (l.swatch ? 24 : 10), 12, l.weight), font: { size: 12, color: l.color, weight: l.weight } },
      ...(l.swatch ? [{ ...where(l, 5), text: '■', font: { size: 13, color: l.swatch } }] : []),
    ]);
  }
  const newest = (data) => data.filter((t) => t.meta.role === 'bar').flatMap((t) => {   // values on the newest bars
    const last = ends(t), open = hollow(t, last);
    return [...(open ? [last - 1] : []), last].filter((n) => n >= 0 && t.y[n] !== null).map((n) => ({
      x: t.x[n], y: t.y[n], yanchor: t.y[n] < 0 ? 'top' : 'bottom', yshift: t.x.length > window.sharekitDrawing.crowds.DENSE_BARS ? (t.y[n] < 0 ? -5 : 5) : 0, showarrow: false, text: bare(t.text[n]).replace(/[^\d%]+so far$/, ''),
      font: { size: 12, color: token(hollow(t, n) ? '--ink-3' : '--ink'), weight: hollow(t, n) ? 400 : 600 },
    }));
  });
  const reached = (data, { kind, last }, [low, high]) => data.filter((t) => kind === 'pace' && last && t.meta.role === 'series').map((t) => {   // the value until today
    const at = ends(t), y = t.y[at], ahead = data.find(({ meta }) => meta.role === 'projection')?.y;
    const over = (ahead && Math.max(...ahead) <= y && ahead[1] < y) || y - low < (high - low) / 12;   // beside what is projected, above the axis
    return { x: t.x[at], y, xanchor: 'left', xshift: 5, yanchor: over ? 'bottom' : 'top', yshift: over ? 3 : -3, showarrow: false, text: last, font: { size: 13, color: token('--accent'), weight: 600 } };
  });
  const ticksOf = (figure, range, width) => separate(figure.layout.meta.kind, inView(figure, range, width), range, width);
  /* what would touch the words after it is left out, and its year goes to those, as in the drawing; a quarter keeps its first day */
  function separate(kind, all, [from, to], width) {
    const kept = [], place = ({ on }) => (Date.parse(on) - Date.parse(from)) / (Date.parse(to) - Date.parse(from) || 1) * width;
    const touch = (one, next) => place(next) - place(one) < (measure(one.words) + measure(next.words)) / 2 + 8;
    all.slice().reverse().forEach((tick) => {
      if (!kept.length || !touch(tick, kept[0])) kept.unshift(tick);
      else if (kind === 'pace' && tick === all[0] && kept.length > 1) kept.splice(0, 1, { ...tick, year: tick.year || kept[0].year });
      else if (tick.year && !kept[0].year) kept[0] = { ...kept[0], year: tick.year };
    });
    return kept;
  }
  const inView = (figure, [from, to], width) => {   // those of the drawing, where it has this view too
    const { can, ticks } = window.sharekitDrawing, { meta } = figure.layout;
    if (!can(figure)) return dayTicks(meta.ticks, [from, to], width, meta.kind === 'pace');
    return ticks([...new Set(figure.data.filter((t) => t.meta.role !== 'target').flatMap((t) => t.x))].filter((on) => on >= from && on <= to).sort(), meta.grain, meta.names, width);
  };
  function dayTicks(all, [from, to], width, ends) {   // as many as fit, counted back from the last
    const inside = all.filter(([on]) => on >= from && on <= to);
    if (!inside.length) return [];
    const need = Math.max(...inside.map(([, words]) => measure(words))) + 18;
    const stride = Math.ceil(inside.length / Math.max(2, Math.min(width < NARROW - 120 ? 4 : 14, Math.floor(width / need) + 1)));
    const years = all.some(([, , year]) => year) && (!/\d/.test(inside[0][1]) || from.slice(0, 4) !== to.slice(0, 4));
    let before = null;
    return inside.filter((_, n) => (inside.length - 1 - n) % stride === 0 || (ends && n === 0)).map(([on, words]) => {
      const year = on.slice(0, 4), fresh = years && year !== before;
      before = year;
      return { on, words, year: fresh ? year : '' };
    });
  }
  const bandOf = ({ band }) => (band ? [{ type: 'rect', layer: 'below', xref: 'paper', x0: 0, x1: 1, yref: 'y', y0: band[0], y1: band[1], line: { width: 0 }, fillcolor: token('--chart-band') }] : []);
  function marks(figure, [from, to], width) {
    const { meta, shapes = [] } = figure.layout;
    const lines = shapes.concat(meta.today ? [{ x0: meta.today, x1: meta.today, label: { text: 'today' } }] : []);
    const span = new Date(to) - new Date(from) || 1;
    let free = Infinity;
    return lines.filter((s) => s.x0 >= from && s.x0 <= to).sort((a, b) => (a.x0 < b.x0 ? 1 : -1)).map((s) => {
      const at = (new Date(s.x0) - new Date(from)) / span * width, words = s.name || s.label.text, half = measure(words) / 2;
      const fits = at + half < free;
      if (fits) free = at - half - 8;
      return {
        type: 'line', xref: 'x', yref: 'paper', x0: s.x0, x1: s.x1, y0: 0, y1: 1, layer: 'below', line: { color: token('--chart-axis'), width: 1 },
        label: { text: fits ? words : '', textposition: 'end', yanchor: 'bottom', xanchor: 'center', textangle: 0, font: { size: 12, color: token('--ink-3') } },
      };
    });
  }

  function ranked(chart, width, height) {
    const { data, layout } = chart.figure;
    const bars = data[0], moved = layout.meta.kind === 'moved';
    const left = Math.min(Math.max(...bars.y.map((words) => measure(words, 13))) + 20, width * .36);
    const room = Math.max(...bars.text.map((words) => measure(words, 13))) + 14;
    const [low, high] = [Math.min(0, ...bars.x), Math.max(0, ...bars.x)], unit = (high - low) / Math.max(60, width - left - room * (low < 0 ? 2 : 1) - 8) || 1;
    const target = (layout.shapes || []).flatMap((s) => bars.y.concat('').map((_, n) => (   // between the bars, which stay free
      { ...s, label: undefined, yref: 'y', y0: n - .66, y1: n - .34, line: { color: token('--ink'), width: 1.25, dash: '2px,3px' } })));
    return {
      data: [{ ...bars, ...looks.rows({ ...bars, moved, few: layout.meta.few }) }],
      layout: {
        ...common(width, height), margin: { l: left, r: 8, t: target.length ? 24 : 8, b: 8, pad: 6 }, hovermode: 'closest', shapes: target,
        annotations: (layout.shapes || []).map((s) => ({ x: s.x0, yref: 'paper', y: 1, yanchor: 'bottom', showarrow: false, text: s.label.text, font: { size: 12, color: token('--ink-3') } })),
        xaxis: { ...axis(), ticks: '', showticklabels: false, showgrid: false, zeroline: true, zerolinecolor: token('--chart-axis'), range: [low - (low < 0 ? room * unit : 0), high + room * unit] },
        yaxis: { ...axis(), ...layout.yaxis, range: [bars.y.length - .34, -.66], autorange: false, showgrid: false, ticklen: 4, tickvals: bars.y, ticktext: bars.y.map((words) => cut(words, left - 20, 13)), tickfont: { size: 13, color: token('--ink-2') } },
      },
    };
  }
  const spec = (chart, width, height) => (['ranked', 'moved'].includes(chart.figure.layout.meta.kind) ? ranked : overTime)(chart, width, height);

  /* drawing, redrawing, closing ----------------------------------------------------------------------- */
  const heightOf = (chart, width) => {
    const rows = chart.figure.layout.meta.kind === 'ranked' || chart.figure.layout.meta.kind === 'moved';
    return rows ? chart.figure.data[0].y.length * 34 + 36 : Math.min(Math.max(chart.height || 0, width < NARROW ? 240 : 250), 420);
  };
  const redraw = (chart) => {
    if (!chart.plot.offsetParent) return;
    const width = chart.plot.clientWidth, made = spec(chart, width, heightOf(chart, width));
    chart.width = width;
    Plotly.react(chart.live, made.data, made.layout, config());
  };
  const all = () => open.forEach(redraw);
  const sizes = window.ResizeObserver && new ResizeObserver((entries) => requestAnimationFrame(() => entries.forEach(({ target }) => {
    const chart = [...open].find((c) => c.plot === target);
    if (chart && chart.width !== target.clientWidth) redraw(chart);
  })));

  /* Draws beside the drawing, then takes its place. Rejects, and leaves nothing behind, where Plotly fails. */
  async function draw(chart) {
    const live = document.createElement('div');
    chart.height = Math.round(chart.still.getBoundingClientRect().height);
    chart.width = chart.plot.clientWidth;
    live.className = 'plot__live is-coming';
    chart.plot.append(live);
    try {
      const made = spec(chart, chart.width, heightOf(chart, chart.width));
      await Plotly.newPlot(live, made.data, made.layout, config());
    } catch (error) { live.remove(); throw error; }
    live.tabIndex = 0;
    live.firstElementChild?.setAttribute('aria-hidden', 'true');   // told by the label, the status line and the table
    live.setAttribute('role', 'group');
    live.setAttribute('aria-label', chart.title + '. Arrow keys go from point to point.');
    live.addEventListener('keydown', (ev) => step(chart, ev));
    live.classList.remove('is-coming');
    chart.still.hidden = true;
    chart.live = live;
    open.add(chart);
    sizes?.observe(chart.plot);
    if (chart.width !== chart.plot.clientWidth) redraw(chart);
  }
  function close(chart) {
    if (!open.delete(chart)) return;
    sizes?.unobserve(chart.plot);
    Plotly.purge(chart.live);
    chart.live.remove(); chart.acts?.remove();
    Object.assign(chart, { live: null, acts: null, lit: null, at: undefined });
    chart.still.hidden = false;
    chart.buttons.forEach((b) => b.setAttribute('aria-pressed', 'false'));
  }

  /* exploring with the keyboard ---------------------------------------------------------------------------- */
  function step(chart, ev) {
    const moves = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity };
    if (ev.key === 'Escape') { close(chart); chart.buttons[0]?.focus(); return; }
    if (!(ev.key in moves) || ev.ctrlKey || ev.metaKey || ev.altKey) return;
    ev.preventDefault();
    const data = dataOf(chart), rows = data[0].meta.role === 'rows';
    const [from, to] = rows ? [] : viewOf(chart).range;
    const places = rows ? data[0].y : [...new Set(data.filter((t) => !['low', 'high', 'target'].includes(t.meta.role)).flatMap((t) => t.x.filter((x, n) => t.y[n] !== null && x >= from && x <= to)))].sort();
    const now = chart.at === undefined ? places.length : chart.at;
    chart.at = Math.min(Math.max(now + moves[ev.key], 0), places.length - 1);
    const place = places[chart.at];
    const drawn = chart.live.data.length - data.length;   // what neighbours are drawn as comes first
    const hits = data.map((t, n) => ({ curveNumber: drawn + n, pointNumber: (rows ? t.y : t.x).indexOf(place), trace: t })).filter((h) => h.pointNumber >= 0 && h.trace.text[h.pointNumber] && !['low', 'high', 'target'].includes(h.trace.meta.role));
    const unified = !rows && chart.live.layout.hovermode === 'x unified';
    Plotly.Fx.hover(chart.live, unified ? { xval: Date.parse(place), yval: 0 } : hits.slice(0, 1).map(({ curveNumber, pointNumber }) => ({ curveNumber, pointNumber })));
    const day = rows ? place : new Date(place + 'T00:00Z').toLocaleDateString(root.lang || 'en', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
    chart.said.textContent = bare(day + ': ' + hits.map((h) => (rows ? '' : h.trace.name + ' ') + h.trace.text[h.pointNumber]).join(', '));
  }

  /* what can be done with an open chart ------------------------------------------------------------------------ */
  const button = (words, act) => {
    const b = document.createElement('button');
    b.type = 'button'; b.className = 'btn'; b.textContent = words;
    b.addEventListener('click', act);
    return b;
  };
  function actions(chart) {
    const acts = document.createElement('div');
    acts.className = 'plot__acts';
    const members = dataOf(chart).filter((t) => t.meta.role === 'member' || t.meta.role === 'total');
    if (members.length > 2) {
      const label = document.createElement('label'), select = document.createElement('select');
      select.className = 'select';
      if (litIn(chart) === null) select.append(new Option('none', ''));
      members.forEach((t) => select.append(new Option(bare(t.name), t.meta.key, false, t.meta.key === litIn(chart))));
      select.addEventListener('change', () => { chart.lit = select.value || null; redraw(chart); });
      label.append('Highlight ', select);
      acts.append(label);
    }
    acts.append(button('Save PNG', () => save(chart, 'png')), button('Save SVG', () => save(chart, 'svg')), button('Close', () => { close(chart); chart.buttons[0]?.focus(); }));
    return acts;
  }
  async function picture(chart) {
    const width = Math.max(chart.width, 640), made = spec(chart, width, heightOf(chart, width) + 34);
    const { margin } = made.layout;
    const layout = {
      ...made.layout, margin: { ...margin, t: margin.t + 34 }, paper_bgcolor: token('--surface'),
      title: { text: cut(chart.figure.data.length ? chart.titled : '', width - 24, 15, 600), x: 0, xref: 'container', xanchor: 'left', pad: { l: 12 }, y: 1, yref: 'container', yanchor: 'top', automargin: false, font: { size: 15, weight: 600, color: token('--ink') } },
    };
    layout.title.pad.t = 12;
    const url = await Plotly.toImage({ data: made.data, layout, config: config() }, { format: 'svg', width, height: layout.height });
    return { width, height: layout.height, svg: decodeURIComponent(url.slice(url.indexOf(',') + 1)) };
  }
  async function save(chart, format) {
    try {
      const { width, height, svg } = await picture(chart);
      let blob = new Blob([svg], { type: 'image/svg+xml' });
      if (format === 'png') {   // through a data: address, which the policy allows; Plotly's own way is a blob: address
        const image = new Image();
        image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(svg);
        await image.decode();
        const canvas = document.createElement('canvas');
        canvas.width = width * 2; canvas.height = height * 2;
        canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
        blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
      }
      const a = document.createElement('a');
      a.href = URL.createObjectURL(blob);
      a.download = chart.id + '.' + format;
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 1000);
      chart.say('Saved ' + a.download);
    } catch { chart.say('The picture could not be saved.'); }
  }

  document.addEventListener('sharekit:theme', all);
  ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'].forEach((query) => matchMedia(query).addEventListener('change', all));
  document.addEventListener('change', (ev) => { if (ev.target.closest?.('[data-view]')) all(); });
  window.sharekitExplore = { draw, close, actions };
})();
