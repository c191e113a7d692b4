"use strict";
// From a pen to what the network receives (with `network.js`). Strokes are {points: [{x, y, pressure}], width}, in units of which the sheet
// is 28 wide; the ink lies on 280 x 280 pixels whatever the screen has, so that each device receives the same picture.

const SIDE = 28, PIXELS = 280;
const LEAST_WIDTH = 0.3; // share of its width that a pen leaves which hardly touches
const FINE = 4; // parts of a pixel's sides by which an edge is measured
const FAINTEST = Math.fround(0.03), BOX = 20 / 28, NOTHING = 1e-6;
const LEAST_DEPTH = 0.65, LEAST_POWER = 0.2;

// Ink -----------------------------------------------------------------------------------------------------------------

const middle = (one, other) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });

// The curve has the points as handles and goes through the middles between them: nothing of it changes when more come.
// `draw(way, width)` is called for part number `part` of a stroke, with the way as [start, handle, end].
function eachPart(stroke, part, draw) {
  const { points } = stroke;
  if (part + 1 >= points.length) return;
  const start = part ? middle(points[part - 1], points[part]) : points[0];
  const pressure = (points[part].pressure + points[part + 1].pressure) / 2;
  draw([start, points[part], middle(points[part], points[part + 1])], widthOf(stroke, pressure));
}

// Behind the last middle: a straight end, or a dot.
function tail(stroke, draw) {
  const { points } = stroke, last = points[points.length - 1];
  const start = points.length > 1 ? middle(points[points.length - 2], last) : last;
  draw([start, middle(start, last), last], widthOf(stroke, last.pressure));
}

function widthOf(stroke, pressure) {
  return stroke.width * (LEAST_WIDTH + (1 - LEAST_WIDTH) * pressure);
}

// Opacity 0 to 255, drawn part by part.
class Ink {
  constructor(opacity = new Uint8Array(PIXELS * PIXELS)) {
    this.opacity = opacity;
  }

  copy() {
    return new Ink(this.opacity.slice());
  }

  add(stroke) {
    for (let part = 0; part < stroke.points.length; part++) this.addPart(stroke, part);
    this.addTail(stroke);
  }

  addPart(stroke, part) {
    eachPart(stroke, part, (way, width) => this.draw(way, width));
  }

  addTail(stroke) {
    tail(stroke, (way, width) => this.draw(way, width));
  }

  // One curve with round ends: what of each pixel lies nearer to it than half its width.
  draw(way, width) {
    const scale = PIXELS / SIDE, radius = (width * scale) / 2;
    const line = flattened(way.map(({ x, y }) => ({ x: x * scale, y: y * scale })));
    const box = (axis) => {
      const all = line.map((each) => each[axis]);
      const edges = [Math.floor(Math.min(...all) - radius - 1), Math.ceil(Math.max(...all) + radius + 1)];
      return edges.map((edge) => Math.min(Math.max(edge, 0), PIXELS));
    };
    const [top, bottom] = box("y"), [left, right] = box("x");
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const covered = Math.round(255 * coverage(line, radius, column, row));
        if (covered === 0) continue;
        const place = row * PIXELS + column;
        this.opacity[place] = covered + Math.round((this.opacity[place] * (255 - covered)) / 255);
      }
    }
  }

  // As the network's preparation wants it, 0 to 1.
  picture() {
    const found = new Float32Array(this.opacity.length);
    for (let place = 0; place < found.length; place++) found[place] = this.opacity[place] / 255;
    return found;
  }
}

function flattened([start, handle, end]) {
  const bend = Math.hypot(start.x - 2 * handle.x + end.x, start.y - 2 * handle.y + end.y);
  const parts = Math.max(1, Math.ceil(Math.sqrt(bend * 4))); // nowhere farther off than a thirtieth of a pixel
  return Array.from({ length: parts + 1 }, (_, number) => {
    const t = number / parts, at = (axis) =>
      (1 - t) * (1 - t) * start[axis] + 2 * t * (1 - t) * handle[axis] + t * t * end[axis];
    return { x: at("x"), y: at("y") };
  });
}

function coverage(line, radius, column, row) {
  const inside = radius - distance(line, column + 0.5, row + 0.5);
  if (inside > 0.75 || inside < -0.75) return inside > 0 ? 1 : 0;
  let sum = 0;
  for (let part = 0; part < FINE * FINE; part++) {
    const x = column + ((part % FINE) + 0.5) / FINE, y = row + (((part / FINE) | 0) + 0.5) / FINE;
    sum += Math.min(Math.max((radius - distance(line, x, y)) * FINE + 0.5, 0), 1);
  }
  return sum / (FINE * FINE);
}

function distance(line, x, y) {
  let least = Infinity;
  for (let number = 1; number < line.length; number++) {
    const from = line[number - 1], dx = line[number].x - from.x, dy = line[number].y - from.y;
    const length = dx * dx + dy * dy;
    const along = length ? Math.min(Math.max(((x - from.x) * dx + (y - from.y) * dy) / length, 0), 1) : 0;
    const ax = x - from.x - along * dx, ay = y - from.y - along * dy;
    least = Math.min(least, ax * ax + ay * ay);
  }
  return Math.sqrt(least);
}

// What the network receives -------------------------------------------------------------------------------------------

// MNIST's own preparation: the ink is scaled into a box of 20 x 20 in 28 x 28, placed by its centre of mass, and made so
// strong that it is 1 somewhere and not pale on average. `picture` has `columns` columns, 0 (ground) to 1; `shape` is
// [rows, columns] of what comes out.
function prepared(picture, columns, shape) {
  const ink = cropped(picture, columns);
  if (!ink) return new Float32Array(shape[0] * shape[1]);
  for (let place = 0; place < ink.values.length; place++) ink.values[place] = Math.min(Math.max(ink.values[place], 0), 1);
  const box = shape.map((side) => Math.max(1, Math.round(BOX * side)));
  const small = fitted(ink, box);
  const most = small.values[largest(small.values)];
  small.values = deepened(small.values.map((value) => value / most));
  return placed(small, shape);
}

// The smallest part with all ink in it; null when there is none.
function cropped(picture, columns) {
  let top = Infinity, bottom = -1, left = Infinity, right = -1;
  for (let place = 0; place < picture.length; place++) {
    if (picture[place] < FAINTEST) continue;
    const row = (place / columns) | 0, column = place % columns;
    top = Math.min(top, row);
    bottom = row;
    left = Math.min(left, column);
    right = Math.max(right, column);
  }
  if (bottom < 0) return null;
  const rows = bottom - top + 1, wide = right - left + 1, values = new Float32Array(rows * wide);
  for (let row = 0; row < rows; row++) {
    const start = (top + row) * columns + left;
    values.set(picture.subarray(start, start + wide), row * wide);
  }
  return { values, rows, columns: wide };
}

// As large as it can be in the box, keeping its proportions, on as few pixels as hold it; each is the mean of its area.
function fitted({ values, rows, columns }, box) {
  const scale = Math.min(box[0] / rows, box[1] / columns);
  const high = Math.max(1, Math.ceil(scale * rows - NOTHING)), wide = Math.max(1, Math.ceil(scale * columns - NOTHING));
  const down = shares(rows, high, scale * rows), across = shares(columns, wide, scale * columns);
  const lower = new Float32Array(high * columns), found = new Float32Array(high * wide);
  for (let row = 0; row < high; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (const [from, share] of down[row]) sum += share * values[from * columns + column];
      lower[row * columns + column] = sum;
    }
    for (let column = 0; column < wide; column++) {
      let sum = 0;
      for (const [from, share] of across[column]) sum += share * lower[row * columns + from];
      found[row * wide + column] = sum;
    }
  }
  return { values: found, rows: high, columns: wide };
}

// For each of `after` pixels which share of it is covered by which of `before` that are `length` long together.
function shares(before, after, length) {
  const start = (after - length) / 2, found = Array.from({ length: after }, () => []);
  for (let from = 0; from < before; from++) {
    const begin = start + from * (length / before), end = start + (from + 1) * (length / before);
    for (let to = Math.max(Math.floor(begin), 0); to < Math.min(end, after); to++) {
      const share = Math.min(end, to + 1) - Math.max(begin, to);
      if (share > 0) found[to].push([from, Math.fround(share)]);
    }
  }
  return found;
}

// With as much depth as MNIST's ink has at least: its pale parts darker, the darkest as they are.
function deepened(values) {
  const raised = (power) => values.map((value) => Math.pow(value, Math.fround(power)));
  if (depth(values) >= LEAST_DEPTH) return values;
  let low = LEAST_POWER, high = 1;
  for (let round = 0; round < 10; round++) {
    const power = (low + high) / 2;
    if (depth(raised(power)) < LEAST_DEPTH) high = power;
    else low = power;
  }
  return raised(low);
}

function depth(values) {
  let squares = 0, sum = 0;
  for (const value of values) {
    squares += value * value;
    sum += value;
  }
  return squares / sum;
}

// Moved by whole pixels until the centre of mass lies in the middle, and none is cut.
function placed({ values, rows, columns }, shape) {
  let mass = 0, downwards = 0, rightwards = 0;
  for (let place = 0; place < values.length; place++) {
    mass += values[place];
    downwards += values[place] * ((place / columns) | 0);
    rightwards += values[place] * (place % columns);
  }
  const at = (whole, own, moment) =>
    Math.min(Math.max(Math.floor(whole / 2 - moment / mass + 0.5), 0), whole - own);
  const top = at(shape[0], rows, downwards), left = at(shape[1], columns, rightwards);
  const found = new Float32Array(shape[0] * shape[1]);
  for (let row = 0; row < rows; row++) {
    found.set(values.subarray(row * columns, (row + 1) * columns), (top + row) * shape[1] + left);
  }
  return found.map((value) => Math.min(Math.max(value, 0), 1));
}
