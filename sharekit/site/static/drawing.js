/* sharekit: draws the charts of a page from their data: other ranges, other widths. The first view is in the page as
   SVG; sharekit/site/charts draws that with the same scales, labels and look, function by function, and a test holds
   both equal (tests/charts/test_chart_script.py). Stands in front of charts.js in one file. */
(() => {
  'use strict';
  const GAP = 14, ROWS = 22, DENSE = 240, DENSE_BARS = 120, MOST_LINES = 5, MOST_TARGETS = 3;

  /* words: how wide they are, and where they find room (labels.py) ------------------------------- */
  const EM = new Map();
  [["ijlIJ'`|", .3], ['.,:;! \u00b7', .33], ['frt()[]{}/\\-', .41], ['cszFLPkvxy', .61], ['w+\u2212<>=', .84],
    ['mMW%@&\u2014\u2026', .98], ['ABCDEGHKNOQRSTUVXYZ', .75]].forEach(([letters, em]) => [...letters].forEach((c) => EM.set(c, em)));
  const letter = (c) => {
    if (EM.has(c)) return EM.get(c);
    if (/[\p{M}\p{Cf}]/u.test(c)) return 0;
    if (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u.test(c)) return 1.05;
    const plain = c.normalize('NFD')[0];
    return EM.get(plain) ?? (plain < '\u0080' ? .64 : .75);
  };
  const wide = (words, size, bold) => [...words].reduce((sum, c) => sum + letter(c), 0) * size * (bold ? 1.13 : 1);
  const fit = (words, width, size, bold) => {
    if (wide(words, size, bold) <= width) return words;
    let cut = [...words];
    while (cut.length && wide(cut.join('').trimEnd() + '…', size, bold) > width) cut = cut.slice(0, -1);
    return (cut.join('').trimEnd() || [...words][0]) + '…';
  };
  const fitApart = (all, width, size, bold) => {   // where their beginnings are alike, with their ends
    const cut = all.map((words) => fit(words, width, size, bold));
    if (new Set(cut).size === new Set(all).size) return cut;
    return all.map((words) => {
      const letters = [...words];
      let short = words, kept = letters.length;
      while (kept > 2 && wide(short, size, bold) > width) {
        kept -= 1;
        short = letters.slice(0, Math.ceil(kept / 2)).join('').trimEnd() + '…' + letters.slice(letters.length - Math.floor(kept / 2)).join('').trimStart();
      }
      return short;
    });
  };
  const spread = (wanted, gap, low, high) => {   // as near as possible to the wanted places, kept apart
    const most = wanted.length - 1;
    if (most < 0) return [];
    if (gap * most > high - low) gap = (high - low) / most;
    const order = wanted.map((_, n) => n).sort((a, b) => wanted[a] - wanted[b]);
    const pools = [];
    order.forEach((at, rank) => {
      let mean = wanted[at] - rank * gap, count = 1;
      while (pools.length && pools[pools.length - 1][0] > mean) {
        const [before, size] = pools.pop();
        mean = (before * size + mean * count) / (size + count); count += size;
      }
      pools.push([mean, count]);
    });
    const rising = pools.flatMap(([mean, count]) => Array(count).fill(mean)), placed = [];
    order.forEach((at, rank) => { placed[at] = Math.min(Math.max(rising[rank], low), high - gap * most) + rank * gap; });
    return placed;
  };
  const label = (words, x, y, anchor = 'start', class_ = null) => {
    const named = (class_ || '').split(' '), lb = named.includes('lb'), size = lb && !named.includes('lb--sm') ? 13 : 12;
    const width = wide(words, size, lb && !named.includes('lb--soft')), left = { start: x, middle: x - width / 2, end: x - width }[anchor];
    return { words, x, y, anchor, class_, box: [left, y - size, left + width, y + size * .3] };
  };
  const overlap = (a, b) => {
    const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]), height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
    return width > 0 && height > 0 ? width * height : 0;
  };
  const inside = ([x0, y0, x1, y1], left, top, right, bottom) => {   // how much of a straight line lies in a box
    if (x0 > right || x1 < left || (y0 < top && y1 < top) || (y0 > bottom && y1 > bottom)) return 0;
    if (x0 === x1) return Math.max(1, Math.min(Math.max(y0, y1), bottom) - Math.max(Math.min(y0, y1), top));
    const slope = (y1 - y0) / (x1 - x0), start = Math.max(x0, left), end = Math.min(x1, right);
    const one = y0 + (start - x0) * slope, other = y0 + (end - x0) * slope, low = Math.min(one, other), high = Math.max(one, other);
    const shared = Math.min(high, bottom) - Math.max(low, top);
    if (shared < 0) return 0;
    return (end - start + high - low) * (high > low ? shared / (high - low) : 1);
  };
  const STRIP = 16, BETWEEN = 4, SOFT = 'lb lb--soft lb--sm';
  const room = (width, height) => {
    const boxes = [], strips = new Map();
    const words = ({ box: [left, top, right, bottom] }) => boxes.push([left - BETWEEN, top, right + BETWEEN, bottom]);
    const cost = ({ box }) => {
      let crossed = 0;
      for (let s = Math.floor(box[0] / STRIP); s <= Math.floor(box[2] / STRIP); s += 1) {
        (strips.get(s) || []).forEach((part) => { crossed += inside(part, Math.max(box[0], s * STRIP), box[1], Math.min(box[2], (s + 1) * STRIP), box[3]); });
      }
      const out = (box[2] - box[0]) * (box[3] - box[1]) - overlap(box, [0, 0, width, height]);
      return 4 * boxes.reduce((sum, other) => sum + overlap(box, other), 0) + 25 / 4 * crossed + 8 * out;
    };
    return {
      box: (...box) => boxes.push(box),
      words,
      line: (points) => points.reduce((before, point) => {
        if (point) {
          let [a, b] = [before || point, point];
          if (a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])) [a, b] = [b, a];
          for (let s = Math.floor(a[0] / STRIP); s <= Math.floor(b[0] / STRIP); s += 1) strips.set(s, [...(strips.get(s) || []), [...a, ...b]]);
        }
        return point;
      }, null),
      place: (candidates) => {
        const costs = candidates.map(cost), best = candidates[costs.indexOf(Math.min(...costs))];
        words(best);
        return best;
      },
      fits: (one) => cost(one) === 0,
    };
  };

  /* writing SVG (svg.py) ---------------------------------------------------------------------------- */
  const num = (value) => { const words = value.toFixed(1).replace(/\.0$/, ''); return words === '-0' ? '0' : words; };
  const safe = (words) => words.replace(/[&<>"']/g, (c) => '&#' + c.charCodeAt(0) + ';');
  const el = (name, given, ...children) => {
    const attrs = Object.entries(given).filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => ' ' + key + '="' + (typeof value === 'number' ? num(value) : safe(value)) + '"').join('');
    return '<' + name + attrs + (children.length ? '>' + children.join('') + '</' + name + '>' : '/>');
  };
  const text = (x, y, words, class_, anchor) => el('text', { class: class_, x, y, 'text-anchor': anchor === 'start' ? null : anchor }, safe(words));
  const titled = (whole, shown) => (whole === shown ? [] : [el('title', {}, safe(whole))]);
  const path = (points) => {
    const tenths = points.map((point) => point.map((at) => Math.floor(at * 10 + .5)));
    const steps = tenths.slice(1).map(([x, y], n) => 'l' + num((x - tenths[n][0]) / 10) + (y < tenths[n][1] ? '' : ' ') + num((y - tenths[n][1]) / 10));
    return 'M' + num(tenths[0][0] / 10) + ' ' + num(tenths[0][1] / 10) + (steps.join('') || 'h0');
  };
  const runs = (points) => points.reduce((all, point) => { if (point) all[all.length - 1].push(point); else if (all[all.length - 1].length) all.push([]); return all; }, [[]]).filter((run) => run.length);
  const broken = (points) => runs(points).map(path).join('');
  const boxes = (all) => all.map(([x, y, w, h]) => 'M' + num(x) + ' ' + num(y) + 'h' + num(w) + 'v' + num(h) + 'h' + num(-w)).join('');
  const stepped = (points) => points.flatMap((point, n) => (n && point && points[n - 1] ? [[point[0], points[n - 1][1]], point] : [point]));

  const bare = (words) => words.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&#123;/g, '{').replace(/&amp;/g, '&');   // undoes figures.plain

  /* days and their words (scale.py) ------------------------------------------------------------------ */
  const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  const STRIDES = { day: [1, 2, 7, 14, 28, 56, 91, 182, 364], week: [1, 2, 3, 4, 6, 8, 13, 26, 52, 104], month: [1, 2, 3, 6, 12, 24, 60], quarter: [1, 2, 4, 8, 20], year: [1, 2, 5, 10, 20, 50] };
  const place = (iso) => Date.parse(iso) / 864e5;
  const year = (iso) => iso.slice(0, 4);
  const yearsLong = (days) => place(days[days.length - 1]) - place(days[0]) > 2 * 365 + 1;
  const short = (iso, grain, names) => (grain === 'year' ? names?.[iso] ?? year(iso) : grain === 'month' || grain === 'quarter' ? MONTHS[iso.slice(5, 7) - 1] : Number(iso.slice(8)) + ' ' + MONTHS[iso.slice(5, 7) - 1]);
  function ticks(days, grain, names, width) {
    const length = grain || 'day';
    if ((length === 'day' || length === 'week') && yearsLong(days)) {
      const firsts = days.filter((day, n) => n && year(day) !== year(days[n - 1]));
      const stride = Math.ceil(firsts.length / Math.max(1, Math.trunc(width / (wide('2000', 12) + 14))));
      return firsts.reverse().filter((_, n) => n % stride === 0).reverse().map((on) => ({ on, words: year(on), year: '' }));
    }
    const words = days.map((day) => short(day, length, names));
    const most = Math.max(2, Math.trunc(width / (Math.max(...words.map((each) => wide(each, 12))) + 14)) + 1);
    const stride = STRIDES[length].find((each) => Math.trunc((days.length - 1) / each) + 1 <= most) || days.length;
    const picked = [];
    for (let n = days.length - 1; n >= 0; n -= stride) picked.unshift(n);
    const named = length === 'month' || length === 'quarter' || (length !== 'year' && year(days[0]) !== year(days[days.length - 1]));
    return picked.map((n, at) => ({ on: days[n], words: words[n], year: named && (at === 0 || year(days[n]) !== year(days[picked[at - 1]])) ? year(days[n]) : '' }));
  }
  const hasYears = (grain, days) => grain === 'month' || grain === 'quarter' || (grain !== 'year' && days.length > 0 && year(days[0]) !== year(days[days.length - 1]) && !yearsLong(days));

  /* the canvas and a sheet on it (canvas.py, plot_area.py) ---------------------------------------------- */
  function canvasOf(figure, axis, narrow, finding) {
    const { meta, shapes = [] } = figure.layout;
    const width = narrow ? 320 : meta.size === 'full' ? 704 : 536;
    return {
      meta: { ...meta, marks: shapes.map((shape) => ({ on: shape.x0, label: bare(shape.label.text), sign: shape.name })) }, axis, narrow, width,
      frame({ ends = [], years = false, top = 14 }) {
        const height = narrow ? 270 : meta.size === 'full' ? 320 : 300, share = narrow ? .4 : meta.size === 'full' ? .22 : .31;
        const widest = Math.max(0, ...axis.words.map((words) => wide(words, 12)));
        const wanted = Math.max(0, ...ends.map((words) => wide(words, narrow ? 12 : 13, true)));
        const left = Math.max(30, Math.min(widest + 8, width * .25)), right = width - (wanted ? Math.min(wanted + 14, width * share) : 8);
        return { width, height, left, right, top, bottom: height - (years ? 48 : 30) };
      },
      room: Math.max(0, ...axis.words.map((words) => wide(words, 12))),
      svg: (height, parts) => el('svg', { class: narrow ? 'n' : 'w', viewBox: '0 0 ' + num(width) + ' ' + num(height), role: 'img', 'aria-label': finding }, ...parts),
    };
  }
  const daily = (days, left, right) => {
    const first = place(days[0]), span = place(days[days.length - 1]) - first;
    return (iso) => (span <= 0 ? (left + right) / 2 : left + (place(iso) - first) * (right - left) / span);
  };
  const bands = (days, { left, right }) => {   // where bars stand, and the left and width of one bar for neighbours
    const step = (right - left) / days.length, middles = new Map(days.map((day, n) => [day, left + (n + .5) * step]));
    const x = (iso) => middles.get(iso) ?? left + step * days.filter((day) => day < iso).length;
    return [x, (few) => {
      const width = Math.max(Math.min(step * few.length * .68, 44), .8);
      return [(x(few[0]) + x(few[few.length - 1])) / 2 - width / 2, width];
    }];
  };
  const half = (value) => { const floor = Math.floor(value), rest = value - floor; return rest === .5 ? floor + (floor % 2 ? 1 : 0) : Math.round(value); };
  function sheetOn(canvas, frame, x) {
    const { axis } = canvas, scale = (frame.bottom - frame.top) / (axis.high - axis.low);
    const space = room(frame.width, frame.height), parts = [];
    const y = (value) => frame.bottom - (value - axis.low) * scale;
    return {
      canvas, frame, x, y, room: space,
      at: (iso, value) => [x(iso), y(value)],
      shows: (value) => axis.low <= value && value <= axis.high,
      add: (...more) => parts.push(...more),
      label(candidates) { const best = space.place(candidates); parts.push(text(best.x, best.y, best.words, best.class_, best.anchor)); },
      dot(cx, cy, r, class_ = 'dot') { parts.push(el('circle', { class: class_, cx, cy, r })); space.box(cx - r, cy - r, cx + r, cy + r); },
      svg: () => canvas.svg(frame.height, parts),
    };
  }
  function grid(sheet, base) {
    const { frame, canvas: { axis } } = sheet;
    axis.values.forEach((value, n) => {
      const at = half(sheet.y(value)) + .5;
      sheet.add(el('line', { class: value === (base ?? axis.low) ? 'axis' : 'grid', x1: frame.left, x2: frame.right, y1: at, y2: at }), text(frame.left - 8, at + 4, axis.words[n], null, 'end'));
    });
  }
  function periods(sheet, days) {
    const { frame, x, canvas: { meta } } = sheet, placed = [];
    let room = Infinity;
    ticks(days, meta.grain, meta.names, frame.right - frame.left).reverse().forEach((tick) => {
      const halfWidth = wide(tick.words, 12) / 2, at = Math.min(Math.max(x(tick.on), halfWidth), frame.width - halfWidth);
      if (at + halfWidth <= room) {
        placed.unshift({ ...tick, at });
        room = at - halfWidth - 6;
      } else if (tick.year && !placed[0].year) placed[0].year = tick.year;
    });
    placed.forEach((tick) => {
      sheet.add(text(tick.at, frame.bottom + 18, tick.words, null, 'middle'));
      sheet.room.words(label(tick.words, tick.at, frame.bottom + 18, 'middle'));
      if (tick.year) sheet.add(text(tick.at, frame.bottom + 36, tick.year, null, 'middle'));
    });
  }
  function targets(sheet, all, days) {
    const { frame, canvas: { axis } } = sheet, [first, last] = [days[0], days[days.length - 1]];
    const found = (all || []).filter(([start, end], n) => start <= last && (end > first || n === all.length - 1))   // the newest one holds on
      .map(([start, end, value, words]) => [start < first ? first : start, end > last ? last : end, value, words]);
    const newest = found.length - 1;
    const steps = found.map(([start, end, value, words], n) => [n ? sheet.x(start) : frame.left, n === newest ? frame.right : sheet.x(end), value, n === newest ? 'Target ' + words : words]);
    let drawn = '';
    steps.filter(([, , value]) => sheet.shows(value)).forEach(([left, right, value], n) => {
      const y = sheet.y(value);
      drawn += (n ? 'V' : 'M' + num(left) + ' ') + num(y) + 'H' + num(right);
      sheet.room.line([[left, y], [right, y]]);
    });
    if (drawn) sheet.add(el('path', { class: 'target', d: drawn, fill: 'none' }));
    const spots = ([left, right, value, words]) => {
      const y = sheet.y(value), rows = y - 18 > 0 ? [y - 6, y + 15] : [y + 15];
      const labels = rows.flatMap((row) => [[left + 4, 'start'], [right - 4, 'end'], [(left + right) / 2, 'middle']].map(([x, anchor]) => label(words, x, row, anchor, SOFT)));
      const within = labels.filter(({ box }) => box[2] <= frame.right + 2);
      return within.length ? within : labels;
    };
    const crowded = steps.length > MOST_TARGETS;
    steps.forEach((step, n) => {
      const [, , value, words] = step;
      if (crowded && n < newest) return;
      if (sheet.shows(value)) sheet.label(spots(step));
      else if (n === newest) {
        const [at, where] = value > axis.high ? [frame.top + 10, 'above'] : [frame.bottom - 8, 'below'];
        sheet.label([' this chart', ''].map((tail) => label(words + ', ' + where + tail, frame.left + 4, at, 'start', SOFT)));
      }
    });
    if (crowded) allOrNone(sheet, steps.slice(0, newest).filter(([, , value]) => sheet.shows(value)).map(spots)).forEach((each) => sheet.label([each]));
  }
  function allOrNone(sheet, wanted) {   // a free place for each of many words, or none for any
    const placed = [];
    for (const spots of wanted) {
      const free = spots.find((spot) => spot.box[0] >= sheet.frame.left && sheet.room.fits(spot) && !placed.some(({ box }) => overlap(spot.box, box)));
      if (!free) return [];
      placed.push(free);
    }
    return placed;
  }
  function marks(sheet, all, days) {
    const { frame } = sheet;
    all.filter((mark) => days[0] <= mark.on && mark.on <= days[days.length - 1]).sort((a, b) => (a.on < b.on ? 1 : a.on > b.on ? -1 : 0)).forEach((mark) => {
      const at = sheet.x(mark.on), words = fit(mark.sign || mark.label, frame.width * .4, 12, true), halfWidth = wide(words, 12, !!mark.sign) / 2;
      sheet.add(el('g', {}, el('title', {}, safe(mark.label)), el('line', { class: 'today', x1: at, x2: at, y1: 18, y2: frame.bottom })));
      sheet.room.line([[at, 18], [at, frame.bottom]]);
      const said = label(words, at, 12, at - halfWidth < 0 ? 'start' : at + halfWidth > frame.width ? 'end' : 'middle', mark.sign ? 'lb lb--sm' : 'mark');
      if (sheet.room.fits(said)) sheet.label([said]);
    });
  }
  const within = ([x0, y0], [x1, y1], top, bottom) => {
    if (Math.max(y0, y1) < top || Math.min(y0, y1) > bottom) return [];
    return [[x0, y0], [x1, y1]].map(([x, y]) => {
      const row = Math.min(Math.max(y, top), bottom);
      return [x + (y === row ? 0 : (row - y) / (y1 - y0)) * (x1 - x0), row];
    });
  };
  /* neighbours that are drawn together, counted from the newest one */
  const groupSize = (many, { left, right }, grain) => {
    const size = Math.ceil(many / ((right - left) / 4));
    return grain === 'day' ? Math.ceil(size / 7) * 7 : size;
  };
  const together = (days, frame, grain) => (days.length <= DENSE_BARS ? 1 : groupSize(days.length, frame, grain));
  const neighbours = (all, size) => {
    const groups = [];
    for (let end = all.length; end > 0; end -= size) groups.unshift(all.slice(Math.max(0, end - size), end));
    return groups;
  };
  /* a line; where it has more points than can be told apart, neighbours together: their middle, and their range */
  function course(sheet, points) {
    const { frame, canvas: { meta } } = sheet;
    const line = points.map(([on, value]) => (value === null ? null : sheet.at(on, value)));
    if (meta.steps) return { band: '', line: stepped(line) };
    const known = line.filter(Boolean).length;
    if (known <= DENSE) return { band: '', line };
    const size = groupSize(known, frame, meta.grain), lines = [];
    let band = '';
    runs(line).forEach((run) => {
      const made = neighbours(run, size).map((chunk) => {
        const heights = chunk.map(([, y]) => y).sort((a, b) => a - b), x = (chunk[0][0] + chunk[chunk.length - 1][0]) / 2;
        return [x, heights[0], heights[Math.trunc((heights.length - 1) / 2)], heights[heights.length - 1]];
      });
      if (made.length > 1) band += path([...made.map(([x, top]) => [x, top]), ...made.map(([x, , , bottom]) => [x, bottom]).reverse()]) + 'Z';
      if (lines.length) lines.push(null);
      lines.push(...made.map(([x, , middle]) => [x, middle]), run[run.length - 1]);
    });
    return { band, line: lines };
  }
  const spans = ({ band, line }, class_ = 'ln') => [...(band ? [el('path', { class: 'range', d: band })] : []), ...(broken(line) ? [el('path', { class: class_, d: broken(line) })] : [])];

  /* kinds of charts ---------------------------------------------------------------------------------------- */
  const pairs = (trace, from) => (trace ? trace.x.map((on, n) => [on, trace.y[n]]).filter(([on]) => on >= from) : []);
  const lastOf = (points) => points.filter(([, value]) => value !== null).pop() || null;

  const soFar = ({ meta: { open }, axis }, value) => open && (value < axis.low ? '↓ ' : value > axis.high ? '↑ ' : '') + open.replace(/^[↓↑] /, '');   // each view has an axis of its own

  function lineChart(canvas, figure, from) {
    const trace = (role) => figure.data.find((t) => t.meta.role === role), { meta } = canvas;
    const series = trace('series'), open = trace('open'), part = trace('partial');
    const points = pairs(series, from), whole = new Set(points.map(([on]) => on));
    const opens = pairs(open, from).filter(([on]) => !whole.has(on)), partial = pairs(part, from).filter(([on]) => !whole.has(on));
    const days = [...partial, ...points, ...opens].map(([on]) => on), last = lastOf(points), newest = opens[opens.length - 1];
    const running = soFar(canvas, newest?.[1]), ends = running ? [running] : last ? [series.meta.end] : [];
    const frame = canvas.frame({ ends, years: hasYears(meta.grain, days), top: meta.marks.length ? 24 : 14 });
    const sheet = sheetOn(canvas, frame, daily(days, frame.left, frame.right));
    grid(sheet);
    periods(sheet, days);
    const line = course(sheet, points);
    sheet.room.line(line.line);
    marks(sheet, meta.marks, days);
    targets(sheet, meta.targets, days);
    sheet.add(...spans(line));
    if (meta.irregular) line.line.filter(Boolean).forEach(([x, y]) => sheet.dot(x, y, 3));
    const dashed = (corners) => corners.slice(1).forEach((corner, n) => {
      const run = within(corners[n], corner, frame.top, frame.bottom);
      sheet.room.line(run);
      sheet.add(el('path', { class: 'ln ln--open', d: broken(run) }));
    });
    const begun = partial.filter(([, value]) => value !== null);
    if (begun.length && points.length && points[0][1] !== null) dashed([...begun, points[0]].map(([on, value]) => sheet.at(on, value)));
    begun.filter(([, value]) => sheet.shows(value)).forEach(([on, value]) => sheet.dot(...sheet.at(on, value), 3.5, 'dot dot--open'));
    const at = last && sheet.at(...last), joined = at && points[points.length - 1] === last;
    if (meta.open) {
      const corners = [...(joined ? [at] : []), ...opens.filter(([, value]) => value !== null).map(([on, value]) => sheet.at(on, value))];
      const there = sheet.at(...newest);
      dashed(corners);
      corners.slice(joined ? 1 : 0, -1).forEach(([x, y]) => sheet.dot(x, y, 3.5, 'dot dot--open'));
      if (sheet.shows(newest[1])) sheet.dot(...there, 4.5, 'dot dot--open');
      sheet.label([label(running, there[0] + 11, Math.min(Math.max(there[1], frame.top), frame.bottom - 4) + 4, 'start', SOFT)]);
    }
    if (at) {
      sheet.dot(...at, 4.5);
      const words = bare(series.meta.end);
      const spots = ['middle', 'end', 'start'].flatMap((anchor) => [[anchor, at[1] - 12], [anchor, at[1] + 22]]).sort((a, b) => a[1] - b[1]);
      sheet.label(!meta.open ? [label(words, at[0] + 11, at[1] + 4.5, 'start', 'lb lb--accent')]
        : [...spots.map(([anchor, row]) => label(words, at[0], row, anchor, 'lb lb--accent')), label(words, at[0] + 9, at[1] + 1, 'start', 'lb lb--accent')]);
    }
    return sheet.svg();
  }

  function barChart(canvas, figure, from) {
    const { meta } = canvas, bars = figure.data.find((t) => t.meta.role === 'bar'), hollow = new Set(bars.meta.hollow || []);
    const all = bars.x.map((on, n) => [on, bars.y[n], hollow.has(n) || (bars.meta.open && n === bars.x.length - 1)]).filter(([on]) => on >= from);
    const running = soFar(canvas, all[all.length - 1][1]);
    const days = all.map(([on]) => on), frame = canvas.frame({ ends: running ? [running] : [], years: hasYears(meta.grain, days), top: meta.marks.length ? 24 : 22 });
    const [x, span] = bands(days, frame), sheet = sheetOn(canvas, frame, x), zero = sheet.y(0), size = together(days, frame, meta.grain);
    grid(sheet, 0);
    periods(sheet, days);
    marks(sheet, meta.marks, days);
    const first = all.findIndex(([, , open]) => !open), begun = first < 0 ? all.length : first;
    const columns = (points, class_) => {
      const boxed = [];
      let reach = '';
      neighbours(points, size).forEach((group) => {
        const values = group.map(([, value]) => value).filter((value) => value !== null).sort((a, b) => a - b);
        if (!values.length) return;
        const [left, width] = span(group.map(([on]) => on)), middle = left + width / 2, end = sheet.y(values[Math.trunc((values.length - 1) / 2)]);
        boxed.push([left, Math.min(end, zero), width, Math.max(Math.abs(end - zero), .5)]);
        if (size > 1) {
          const top = sheet.y(values[values.length - 1]), bottom = sheet.y(values[0]);
          reach += 'M' + num(middle) + ' ' + num(top) + 'V' + num(bottom);
          sheet.room.line([[middle, top], [middle, bottom]]);
        }
      });
      if (boxed.length) sheet.add(el('path', { class: class_, d: boxes(boxed) }));
      if (reach) sheet.add(el('path', { class: 'reach', d: reach }));
      if (class_ === 'r1') boxed.forEach(([left, top, w, h]) => sheet.room.box(left, top, left + w, top + h));
    };
    columns(all.filter(([, , open]) => !open), 'r1');
    columns(all.slice(0, begun), 'bar--open');
    columns(all.slice(begun).filter(([, , open]) => open), 'bar--open');
    if (meta.open) {
      const [on, value] = all[all.length - 1], [left, width] = span([on]);
      sheet.label([label(running, left + width + 7, sheet.y(value) + 4, 'start', SOFT)]);
    }
    targets(sheet, meta.targets, days);
    const last = lastOf(all.filter(([, , open]) => !open));
    if (last) {
      const [middle, end] = sheet.at(...last), [, width] = span([last[0]]), off = size > 1 ? 3 : 0;
      if (off) sheet.dot(middle, end, 3);
      const rows = last[1] >= 0 ? [end - 6 - off, end - 22 - off] : [end + 16 + off, end + 32 + off];
      sheet.label(rows.flatMap((row) => [[middle, 'middle'], [middle + width / 2, 'end']].map(([at, side]) => label(meta.last, at, row, side, 'lb lb--sm'))));
    }
    return sheet.svg();
  }

  const linesOf = (figure, from) => figure.data.filter((t) => ['member', 'total'].includes(t.meta.role))
    .map((t) => ({ key: t.meta.key, few: t.meta.few, aim: t.meta.target, name: bare(t.name), words: bare(t.meta.end || t.name), total: t.meta.role === 'total', points: pairs(t, from) }))
    .map((line) => ({ ...line, last: lastOf(line.points) })).filter((line) => line.last);
  const periodsOf = (figure, from) => (figure.days || [...new Set(figure.data.flatMap((t) => t.x))].sort()).filter((on) => on >= from);

  const aim = ({ frame, y }, line) => (line.aim === undefined ? [] : [el('path', { class: 'target', d: path([[frame.left, y(line.aim)], [frame.right, y(line.aim)]]), fill: 'none' })]);
  function linesChart(canvas, figure, from, lit) {
    const { meta } = canvas, lines = linesOf(figure, from), days = periodsOf(figure, from);
    if (lines.filter((line) => !line.total).length > MOST_LINES) return multiples(canvas, lines, days, lit);
    const frame = canvas.frame({ ends: lines.map((line) => line.words + 'xx'), years: hasYears(meta.grain, days), top: meta.marks.length ? 24 : 14 });
    const sheet = sheetOn(canvas, frame, daily(days, frame.left, frame.right));
    const on = lit && lines.some((line) => line.key === lit) ? lit : lines.some((line) => line.total) ? 'all' : null;
    grid(sheet);
    periods(sheet, days);
    const courses = lines.map((line) => course(sheet, line.points));
    courses.forEach(({ line }) => sheet.room.line(line));
    marks(sheet, meta.marks, days);
    targets(sheet, meta.targets, days);
    const wanted = lines.map(({ last }) => sheet.y(last[1]));
    spread(wanted.map((at) => at + 4), GAP, frame.top + 4, frame.bottom).forEach((place, n) => {
      const line = lines[n], said = fit(line.words, frame.width - frame.right - 22, 12, line.key === on);
      sheet.add(el('g', { class: line.key === on ? 's is-on' : (on === null || on === 'all') && !line.few ? 's c' + (n + 1) : 's', 'data-s': line.key },
        ...titled(line.words, said), ...aim(sheet, line), ...spans(courses[n]),
        el('circle', { class: 'dot', cx: sheet.x(line.last[0]), cy: wanted[n], r: 4.5 }), el('circle', { class: 'dot', cx: frame.right + 13, cy: place - 4, r: 4.5 }), text(frame.right + 20, place, said, 'lb lb--sm')));
    });
    return sheet.svg();
  }

  function multiples(canvas, lines, days, lit) {
    const { meta, axis, narrow } = canvas, columns = narrow ? 2 : meta.size === 'full' ? 4 : 3;
    const members = lines.filter((line) => !line.total), behind = meta.behind && lines.find((line) => line.total);
    const shown = members, rest = meta.rest && bare(meta.rest);
    const left = Math.max(30, canvas.room + 8), cell = (canvas.width - left - 16 * (columns - 1)) / columns;
    const whole = shown.map((line) => line.name), values = shown.map((line) => line.words.slice(0, -line.name.length - 1));
    const beside = whole.map((name, n) => fit(name, cell - wide(values[n], 12, true) - 10, 12, true)), below = new Set(beside).size < new Set(whole).size;
    const names = below ? fitApart(whole, cell, 12, true) : beside, tall = 92 + (below ? 16 : 0);   // beside their values, names would be cut alike
    const parts = shown.map((line, n) => {
      const at = left + (n % columns) * (cell + 16), row = Math.floor(n / columns);
      const frame = { width: canvas.width, height: tall, left: at, right: at + cell, top: row * tall + tall - 68, bottom: row * tall + tall - 8 };
      return oneCell(sheetOn(canvas, frame, daily(days, at + 2, at + cell - 6)), days, line, [names[n], values[n], below], behind, n % columns === 0, line.key === lit);
    });
    const base = Math.ceil(shown.length / columns) * tall + 12;
    if (days.length > 1) {
      const ends = ticks([days[0], days[days.length - 1]], meta.grain, meta.names, 1e4).map((tick) => tick.words + (tick.year ? ' ' + tick.year : ''));
      parts.push(text(left, base, ends[0]), text(left + Math.min(columns, shown.length) * (cell + 16) - 16, base, ends[ends.length - 1], null, 'end'));
    }
    if (rest) parts.push(text(left, base + 20, rest));
    return canvas.svg(base + 10 + (rest ? 18 : 0), parts);
  }
  function oneCell(sheet, days, line, [name, value, below], behind, named, on) {
    const { frame, canvas: { axis, meta } } = sheet, parts = [];
    [[0, 'axis'], [axis.values.length - 1, 'grid']].forEach(([n, kind]) => {
      const at = half(sheet.y(axis.values[n])) + .5;
      parts.push(el('line', { class: kind, x1: frame.left, x2: frame.right, y1: at, y2: at }));
      if (named) parts.push(text(frame.left - 8, at + 4, axis.words[n], null, 'end'));
    });
    meta.marks.filter((mark) => days[0] <= mark.on && mark.on <= days[days.length - 1]).forEach((mark) => {
      const at = sheet.x(mark.on);
      parts.push(el('g', {}, el('title', {}, safe(mark.label)), el('line', { class: 'today', x1: at, x2: at, y1: frame.top, y2: frame.bottom })));
    });
    if (behind) parts.push(...spans({ line: course(sheet, behind.points).line }, 'ln ln--behind'));
    parts.push(...aim(sheet, line), ...spans(course(sheet, line.points)));
    const [cx, cy] = sheet.at(...line.last);
    parts.push(el('circle', { class: 'dot', cx, cy, r: 3.5 }), text(frame.left, frame.top - (below ? 24 : 8), name, 'lb lb--soft lb--sm'), text(below ? frame.left : frame.right, frame.top - 8, value, 'lb lb--sm', below ? 'start' : 'end'));
    return el('g', { class: 'cell' + (line.few ? ' cell--few' : '') + (on ? ' is-on' : ''), 'data-s': line.key }, ...titled(line.name, name), ...parts);
  }

  function stackChart(canvas, figure, from) {
    const { meta } = canvas, parts = figure.data.filter((t) => t.meta.role === 'part').map((t) => ({ words: bare(t.meta.end), points: pairs(t, from) }));
    const days = parts[0].points.map(([on]) => on);
    const frame = canvas.frame({ ends: parts.map(({ words }) => words + 'xx'), years: hasYears(meta.grain, days), top: meta.marks.length ? 24 : 14 });
    const [x, span] = bands(days, frame), sheet = sheetOn(canvas, frame, x), { y } = sheet;
    const groups = neighbours(days.map((on, n) => n), together(days, frame, meta.grain)), sums = groups.map(() => 0);
    grid(sheet, 0);
    periods(sheet, days);
    marks(sheet, meta.marks, days);
    parts.forEach(({ points }, part) => {
      const boxed = groups.flatMap((group, n) => {
        const value = group.reduce((sum, place) => sum + (points[place][1] || 0), 0) / group.length;
        if (!value) return [];
        const top = y(sums[n] + value), bottom = y(sums[n]), [left, width] = span(group.map((place) => days[place]));
        sums[n] += value;
        return [[left, top, width, Math.max(bottom - top - .75, .4)]];
      });
      if (boxed.length) sheet.add(el('path', { class: 'r' + (part + 1), d: boxes(boxed) }));
    });
    let below = 0;
    const newest = days.indexOf(meta.newest), middles = parts.map(({ points }) => {
      const value = points[newest][1] || 0;
      below += value;
      return y(below - value / 2) + 4;
    });
    spread(middles, GAP + 2, frame.top + 4, frame.bottom).forEach((place, n) => {
      const { words } = parts[n], said = fit(words, frame.width - frame.right - 24, 12);
      sheet.add(el('g', {}, ...titled(words, said), el('rect', { class: 'r' + (n + 1), x: frame.right + 6, y: place - 9, width: 9, height: 9 }), text(frame.right + 20, place, said, 'lb lb--soft lb--sm')));
    });
    return sheet.svg();
  }

  function rankedChart(canvas, figure, from, lit) {
    const { meta, axis, narrow, width } = canvas, [bars] = figure.data, target = figure.layout.shapes?.[0];
    const rows = bars.y.map((name, n) => ({ name: bare(name), key: bars.customdata[n], value: bars.x[n], words: meta.words[n] }));
    const on = rows.some((row) => row.key === lit) ? lit : 'all';
    const pitch = narrow ? 46 : rows.length > 6 ? 34 : 42, names = narrow ? 2 : Math.min(Math.max(...rows.map((row) => wide(row.name, 13, true))) + 24, width * .34);
    const words = Math.max(...rows.map((row) => wide(row.words, 13, true))) + 12, left = names + (axis.low < 0 ? words : 0);
    const scale = (width - words - left) / (axis.high - axis.low || 1), zero = left - axis.low * scale, head = target ? 20 : 4, parts = [];
    const tops = rows.map((_, n) => head + n * pitch + (narrow ? 18 : 6)), height = head + rows.length * pitch;
    const at = target && zero + target.x0 * scale;
    if (target) parts.push(text(at, 12, bare(target.label.text), null, at > width - 60 ? 'end' : at < 60 ? 'start' : 'middle'));
    rows.forEach((row, n) => {
      const top = tops[n], middle = top + ROWS / 2 + 4.5, name = fit(row.name, narrow ? 300 : names - 22, 13, true), inner = titled(row.name, name);
      inner.push(...(narrow ? [text(2, top - 6, name, 'lb lb--soft')] : [el('rect', { class: 'mark', x: 0, y: top, width: 3, height: ROWS }), text(10, middle, name, 'lb lb--soft')]));
      if (row.value === null) inner.push(text(zero + 8, middle, 'no data'));
      else {
        const end = zero + row.value * scale;
        const aimed = meta.aims?.[n] ?? null, there = zero + aimed * scale;
        inner.push(el('rect', { class: meta.few?.includes(n) ? 'few' : 'r1', x: Math.min(zero, end), y: top, width: Math.max(Math.abs(end - zero), .5), height: ROWS }),
          ...(aimed === null ? [] : [el('g', {}, el('title', {}, safe('Target ' + bare(meta.goals[n]))), el('line', { class: 'aim', x1: there, x2: there, y1: top - 3, y2: top + ROWS + 3 }))]),
          text(row.value >= 0 ? Math.max(end, aimed === null ? end : there) + 8 : Math.min(end, aimed === null ? end : there) - 8, middle, row.words, 'lb', row.value >= 0 ? null : 'end'));
      }
      parts.push(el('g', { class: row.key === on && row.value !== null ? 'row is-on' : 'row', 'data-s': row.key }, ...inner));
    });
    if (target) {
      const starts = [18, ...tops.map((top) => top + ROWS + 2)], stops = [...tops.map((top) => top - 2), height];
      parts.push(el('path', { class: 'target', d: starts.map((start, n) => (stops[n] - start > 1 ? 'M' + num(at) + ' ' + num(start) + 'V' + num(stops[n]) : '')).join('') }));
    }
    if (meta.rest) parts.push(text(names, height + 14, meta.rest));
    return canvas.svg(height + (meta.rest ? 20 : 4), parts);
  }

  /* undoes what figure_packing.py does: days are written once in a figure, evenly spaced ones as the first, the
     step and how many, and a trace over them has [place of the first, how many]; words that follow from the values
     have their form instead */
  function read({ days, ...figure }) {
    if (!days) return figure;
    const { meta } = figure.layout;
    if (days.from) days = Array.from({ length: days.many }, (_, n) => new Date(Date.parse(days.from) + n * days.step * 864e5).toISOString().slice(0, 10));
    if (!meta.ticks) meta.ticks = ticks(days, meta.grain, null, 6000).map(({ on, words, year }) => [on, words, year]);
    if (meta.grain === 'year') meta.names = Object.fromEntries(meta.ticks);
    const commas = (part, n) => (n ? part : part.replace(/\B(?=(\d{3})+(?!\d))/g, ','));
    const number = (v, f) => (v * f.scale).toFixed(f.digits).split('.').map(commas).join('.');
    const words = ({ y, text: f }) => y.map((v) => (v === null ? '' : f.before + number(v, f) + f.after));
    const written = (t) => ({
      ...t,
      ...(typeof t.x[0] === 'number' ? { x: days.slice(t.x[0], t.x[0] + t.x[1]) } : {}),
      ...(t.text && !Array.isArray(t.text) ? { text: words(t) } : {}),
    });
    return { ...figure, days, data: figure.data.map(written) };
  }

  const KINDS = { line: lineChart, bars: barChart, lines: linesChart, stack: stackChart, ranked: rankedChart };

  /* The drawing of a figure: `state` is the range that is chosen, `narrow` a phone's width, `lit` the member's key. */
  function draw(figure, { state, narrow, lit }) {
    const { meta, xaxis, yaxis } = figure.layout, shown = meta.ranges?.[state] ? state : meta.shown;
    const flat = meta.kind === 'ranked', values = flat ? xaxis : meta.axes?.[shown] ?? yaxis;
    const axis = { low: values.range[0], high: values.range[1], values: values.tickvals, words: values.ticktext.map(bare) };
    return KINDS[meta.kind](canvasOf(figure, axis, narrow, meta.says?.[shown] ?? meta.finding ?? ''), figure, flat ? '' : (meta.ranges?.[shown] ?? xaxis.range)[0], lit);
  }
  const can = (figure) => figure.layout.meta.size !== undefined && figure.layout.meta.kind in KINDS;
  window.sharekitDrawing = { draw, can, read, ticks, crowds: { DENSE, DENSE_BARS, groupSize, neighbours, runs } };
})();
