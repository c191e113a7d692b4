"use strict";
// The network, and nothing of the page: from weights in 8 bits to answers, gradients and pictures of weights.

const KERNEL = 3; // rows and columns of a convolution's kernel
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const FEWEST_STEPS = 32, MOST_STEPS = 512; // of integrated gradients
const EXACT = 0.005, LEAST = 0.1; // how far their sum may miss, as a share of what it should be, and of next to nothing

// A text of at most that many letters, shortened in its middle: names of one kind differ in their ends.
function shortened(text, most) {
  const letters = [...text], end = (most - 1) >> 1;
  if (letters.length <= most) return text;
  return `${letters.slice(0, most - 1 - end).join("")}…${letters.slice(-end).join("")}`;
}

// What the page holds -------------------------------------------------------------------------------------------------

function bytes(base64) {
  const codes = new Uint8Array(128);
  for (let place = 0; place < 64; place++) codes[LETTERS.charCodeAt(place)] = place;
  const end = base64.length - (base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0);
  const found = new Uint8Array(Math.floor((end * 3) / 4));
  for (let from = 0, to = 0, kept = 0, bits = 0; from < end; from++) {
    kept = ((kept << 6) | codes[base64.charCodeAt(from)]) & 0xfff;
    bits += 6;
    if (bits >= 8) found[to++] = (kept >> (bits -= 8)) & 0xff;
  }
  return found;
}

function floats(base64) {
  return new Float32Array(bytes(base64).buffer);
}

// Layers of a snapshot with their weights as numbers. `about` says {shape: [rows, columns], classes: [names],
// layers: [{kind: "conv" or "dense", width, activation}, ...]} of the hidden layers; `stored` has for each layer, the
// output too, its kernel in whole numbers (inputs first, as TensorFlow has it), and for each output a scale and a bias.
function networkOf(about, stored) {
  let [rows, columns] = about.shape, maps = 1;
  const all = [...about.layers, { kind: "dense", width: about.classes.length, activation: "linear" }];
  return all.map((layer, number) => {
    const { kernel, scales, biases } = stored[number];
    const whole = new Int8Array(bytes(kernel).buffer), scale = floats(scales), weights = new Float32Array(whole.length);
    for (let place = 0; place < whole.length; place++) weights[place] = whole[place] * scale[place % layer.width];
    const made = Object.assign({ rows, columns, maps, kernel: weights, biases: floats(biases) }, layer);
    const pools = layer.kind === "conv";
    [rows, columns, maps] = pools ? [(rows + 1) >> 1, (columns + 1) >> 1, layer.width] : [1, 1, layer.width];
    return made;
  });
}

// Forwards ------------------------------------------------------------------------------------------------------------

// Error function within 2e-7: Abramowitz and Stegun (1964), 7.1.26.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

function sigmoid(x) {
  return 0.5 * (Math.tanh(0.5 * x) + 1);
}

const SELU_ALPHA = 1.6732632423543772, SELU_SCALE = 1.0507009873554805; // Klambauer et al. (2017)

// By name: the activation, and its slope at a sum x.
const ACTIVATIONS = {
  linear: [(x) => x, () => 1],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), (x) => (x > 0 ? 1 : Math.exp(x))],
  selu: [
    (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
    (x) => SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)),
  ],
  silu: [(x) => x * sigmoid(x), (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x)))],
  relu6: [(x) => Math.min(Math.max(x, 0), 6), (x) => (x > 0 && x < 6 ? 1 : 0)],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), sigmoid],
  relu: [(x) => (x > 0 ? x : 0), (x) => (x > 0 ? 1 : 0)],
  leaky_relu: [(x) => (x > 0 ? x : 0.2 * x), (x) => (x > 0 ? 1 : 0.2)],
  tanh: [Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
  sigmoid: [sigmoid, (x) => sigmoid(x) * (1 - sigmoid(x))],
  gelu: [
    (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
    (x) => 0.5 * (1 + erf(x / Math.SQRT2)) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  ],
};

// What each layer makes of a picture (rows x columns, 0 to 1): {input, sums, output, and of a convolution: pooled, from}.
// `passed[layer][neuron]` is 0 for one that is silenced, 1 for any other. The last layer's output are the scores.
function run(network, picture, passed) {
  let input = picture;
  return network.map((layer, number) => {
    const sums = layer.kind === "conv" ? convolved(input, layer) : multiplied(input, layer);
    const [activate] = ACTIVATIONS[layer.activation], passes = passed && passed[number];
    const output = new Float64Array(sums.length);
    for (let place = 0; place < sums.length; place++) {
      output[place] = passes && !passes[place % layer.width] ? 0 : activate(sums[place]);
    }
    const step = { input, sums, output };
    if (layer.kind === "conv") Object.assign(step, pooled(output, layer));
    input = step.pooled || output;
    return step;
  });
}

function scores(network, picture, passed) {
  return run(network, picture, passed)[network.length - 1].output;
}

function multiplied(input, { kernel, biases, width }) {
  const sums = Float64Array.from(biases);
  for (let from = 0, start = 0; from < input.length; from++, start += width) {
    const value = input[from];
    if (value === 0) continue;
    for (let to = 0; to < width; to++) sums[to] += value * kernel[start + to];
  }
  return sums;
}

// Beyond the edges lies zero.
function convolved(input, { rows, columns, maps, kernel, biases, width }) {
  const sums = new Float64Array(rows * columns * width);
  for (let place = 0; place < sums.length; place++) sums[place] = biases[place % width];
  for (let from = 0; from < input.length; from++) {
    const value = input[from];
    if (value === 0) continue;
    const map = from % maps, column = ((from / maps) | 0) % columns, row = (from / (maps * columns)) | 0;
    for (let place = 0; place < KERNEL * KERNEL; place++) {
      const y = row + 1 - ((place / KERNEL) | 0), x = column + 1 - (place % KERNEL);
      if (y < 0 || y >= rows || x < 0 || x >= columns) continue;
      const start = (place * maps + map) * width, goal = (y * columns + x) * width;
      for (let to = 0; to < width; to++) sums[goal + to] += value * kernel[start + to];
    }
  }
  return sums;
}

// The largest of each 2x2 places, and where it stood; at an odd side's end fewer lie in the last.
function pooled(output, { rows, columns, width }) {
  const high = (rows + 1) >> 1, wide = (columns + 1) >> 1;
  const largest = new Float64Array(high * wide * width).fill(-Infinity), from = new Int32Array(largest.length);
  for (let place = 0; place < output.length; place++) {
    const map = place % width, column = ((place / width) | 0) % columns, row = (place / (width * columns)) | 0;
    const goal = ((row >> 1) * wide + (column >> 1)) * width + map;
    if (output[place] > largest[goal]) {
      largest[goal] = output[place];
      from[goal] = place;
    }
  }
  return { pooled: largest, from };
}

function softmax(logits) {
  const most = logits[largest(logits)], powers = Array.from(logits, (each) => Math.exp(each - most));
  const sum = total(powers);
  return powers.map((each) => each / sum);
}

function total(numbers) {
  let sum = 0;
  for (const each of numbers) sum += each;
  return sum;
}

function largest(numbers) {
  let best = 0;
  for (let place = 1; place < numbers.length; place++) if (numbers[place] > numbers[best]) best = place;
  return best;
}

// One number for each neuron of a layer; of a feature map the mean over its places.
function responses(step, width) {
  const sums = new Float64Array(width), places = step.output.length / width;
  for (let place = 0; place < step.output.length; place++) sums[place % width] += step.output[place] / places;
  return sums;
}

// Backwards -----------------------------------------------------------------------------------------------------------

// How the scores, weighted with `direction`, change with each pixel that has ink; zero for the others.
function gradient(network, picture, direction, passed) {
  const steps = run(network, picture, passed);
  let slopes = Float64Array.from(direction);
  for (let number = network.length - 1; number >= 0; number--) {
    const layer = network[number], { sums, from, input } = steps[number];
    if (from) slopes = unpooled(slopes, from, sums.length);
    const [, slope] = ACTIVATIONS[layer.activation], passes = passed && passed[number];
    for (let place = 0; place < sums.length; place++) {
      if (slopes[place] === 0) continue;
      slopes[place] = passes && !passes[place % layer.width] ? 0 : slopes[place] * slope(sums[place]);
    }
    const inked = number === 0 ? picture : null;
    slopes = layer.kind === "conv" ? convolvedBack(slopes, layer, inked) : multipliedBack(slopes, layer, input, inked);
  }
  return slopes;
}

function unpooled(slopes, from, count) {
  const found = new Float64Array(count);
  for (let place = 0; place < slopes.length; place++) found[from[place]] += slopes[place];
  return found;
}

function multipliedBack(slopes, { kernel, width }, input, inked) {
  const found = new Float64Array(input.length);
  for (let to = 0, start = 0; to < found.length; to++, start += width) {
    if (inked && inked[to] === 0) continue;
    let sum = 0;
    for (let from = 0; from < width; from++) sum += slopes[from] * kernel[start + from];
    found[to] = sum;
  }
  return found;
}

function convolvedBack(slopes, { rows, columns, maps, kernel, width }, inked) {
  const found = new Float64Array(rows * columns * maps);
  for (let place = 0; place < rows * columns; place++) {
    const speaking = []; // most are zero, behind the pooling
    for (let map = 0; map < width; map++) if (slopes[place * width + map] !== 0) speaking.push(map);
    if (!speaking.length) continue;
    const row = (place / columns) | 0, column = place % columns;
    for (let offset = 0; offset < KERNEL * KERNEL; offset++) {
      const y = row - 1 + ((offset / KERNEL) | 0), x = column - 1 + (offset % KERNEL);
      if (y < 0 || y >= rows || x < 0 || x >= columns) continue;
      const goal = (y * columns + x) * maps;
      if (inked && inked[goal] === 0) continue;
      for (let map = 0; map < maps; map++) {
        const start = (offset * maps + map) * width;
        let sum = 0;
        for (const each of speaking) sum += slopes[place * width + each] * kernel[start + each];
        found[goal + map] += sum;
      }
    }
  }
  return found;
}

function dot(one, other) {
  let sum = 0;
  for (let place = 0; place < one.length; place++) sum += one[place] * other[place];
  return sum;
}

// Integrated gradients (Sundararajan et al., 2017) from an empty picture, with as many steps as their sum needs. Returns
// a function that takes one step each time it is called, and returns null until it has {heat, total, difference}: each
// pixel's part, their sum, and what that should be.
function integrated(network, picture, direction, passed) {
  const score = (each) => dot(direction, scores(network, each, passed));
  const difference = score(picture) - score(new Float32Array(picture.length));
  let heat = new Float64Array(picture.length), steps = FEWEST_STEPS, done = 0;
  return () => {
    const share = (done + 0.5) / steps;
    const slopes = gradient(network, picture.map((value) => share * value), direction, passed);
    for (let place = 0; place < heat.length; place++) heat[place] += picture[place] * slopes[place];
    done += 1;
    if (done < steps) return null;
    const sum = total(heat) / steps;
    const isExact = Math.abs(sum - difference) <= EXACT * Math.max(Math.abs(difference), LEAST);
    if (isExact || steps >= MOST_STEPS) return { heat: heat.map((each) => each / steps), total: sum, difference };
    heat = new Float64Array(picture.length);
    steps *= 4;
    done = 0;
    return null;
  };
}

// Pictures of weights -------------------------------------------------------------------------------------------------

// What leads into a neuron: {values, rows, columns}. Of a dense layer its weights, through the dense layers before it as
// if nothing were bent there, over the pixels or the places of the feature maps, averaged over the maps; of a feature map
// its kernel, averaged over the maps before.
function weightPicture(network, number, neuron) {
  const layer = network[number];
  if (layer.kind === "conv") {
    const values = new Float64Array(KERNEL * KERNEL);
    for (let from = 0; from < values.length * layer.maps; from++) {
      values[(from / layer.maps) | 0] += layer.kernel[from * layer.width + neuron] / layer.maps;
    }
    return { values, rows: KERNEL, columns: KERNEL };
  }
  const count = layer.kernel.length / layer.width;
  let values = Float64Array.from({ length: count }, (_, from) => layer.kernel[from * layer.width + neuron]);
  let first = number;
  for (; first > 0 && network[first - 1].kind === "dense"; first--) {
    const below = network[first - 1];
    values = multipliedBack(values, below, new Float64Array(below.kernel.length / below.width), null);
  }
  const { rows, columns, maps } = network[first], means = new Float64Array(rows * columns);
  for (let place = 0; place < values.length; place++) means[(place / maps) | 0] += values[place] / maps;
  return { values: means, rows, columns };
}
