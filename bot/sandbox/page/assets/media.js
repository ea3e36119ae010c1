// Pictures and sound: recorded here, or samples made on the spot.

const LONGEST_RECORDING = 60_000;

export async function encode(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}

/** A cake box that did not travel well. */
export function samplePhoto() {
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = 480;
  const pen = canvas.getContext("2d");
  const table = pen.createLinearGradient(0, 0, 0, 480);
  table.addColorStop(0, "#e9dcc6");
  table.addColorStop(1, "#c9ae87");
  pen.fillStyle = table;
  pen.fillRect(0, 0, 640, 480);
  shape(pen, "#00000022", [[110, 420], [560, 405], [520, 440], [150, 445]]);
  shape(pen, "#b58a5b", [[120, 190], [330, 230], [335, 430], [140, 400]]);
  shape(pen, "#a3774a", [[330, 230], [540, 180], [520, 390], [335, 430]]);
  shape(pen, "#c89e6d", [[120, 190], [320, 120], [540, 180], [330, 230]]);
  shape(pen, "#8d653c", [[250, 165], [330, 200], [390, 160], [345, 185]]);
  shape(pen, "#fff3ee", [[215, 200], [330, 150], [440, 190], [400, 235], [260, 240]]);
  shape(pen, "#d96c75", [[240, 205], [330, 168], [420, 195], [360, 215], [300, 205]]);
  pen.strokeStyle = "#7d5833";
  pen.lineWidth = 5;
  pen.beginPath();
  for (const [x, y] of [[180, 260], [215, 300], [190, 335], [230, 375]]) pen.lineTo(x, y);
  pen.stroke();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
}

function shape(pen, colour, points) {
  pen.fillStyle = colour;
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.closePath();
  pen.fill();
}

/** Three seconds that rise and fall like a sentence. */
export function sampleVoice() {
  const rate = 8000;
  const seconds = 3;
  const samples = new Int16Array(rate * seconds);
  let phase = 0;
  for (let at = 0; at < samples.length; at += 1) {
    const second = at / rate;
    const syllable = Math.max(0, Math.sin(second * Math.PI * 4.5)) ** 0.6;
    const pitch = 150 + 35 * Math.sin(second * 2.1) + 20 * Math.sin(second * 9);
    phase += (2 * Math.PI * pitch) / rate;
    const voice = Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.25 * Math.sin(3 * phase);
    samples[at] = voice * syllable * Math.min(1, (seconds - second) * 4) * 6000;
  }
  return Promise.resolve({ blob: new Blob([waveHead(samples.length, rate), samples], { type: "audio/wav" }), duration: seconds });
}

function waveHead(length, rate) {
  const head = new DataView(new ArrayBuffer(44));
  const put = (at, text) => [...text].forEach((letter, place) => head.setUint8(at + place, letter.charCodeAt(0)));
  put(0, "RIFF");
  head.setUint32(4, 36 + length * 2, true);
  put(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, rate, true);
  head.setUint32(28, rate * 2, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  put(36, "data");
  head.setUint32(40, length * 2, true);
  return head.buffer;
}

export function sampleReceipt() {
  return Promise.resolve(new Blob(["Тёплый хлеб\nТорт «Прага»      1 990 ₽\nДоставка            250 ₽\nИтого             2 240 ₽\n"], { type: "text/plain" }));
}

export class Recorder {
  running = false;

  /** `promised` is what is recorded until `stop`; null without a microphone. */
  async start() {
    let sound = null;
    try {
      sound = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      return null;
    }
    const recorder = new MediaRecorder(sound);
    const parts = [];
    const began = performance.now();
    this.running = true;
    this.stop = () => recorder.state !== "inactive" && recorder.stop();
    setTimeout(this.stop, LONGEST_RECORDING);
    recorder.ondataavailable = (event) => parts.push(event.data);
    this.recorded = new Promise((resolve) => {
      recorder.onstop = () => {
        this.running = false;
        for (const track of sound.getTracks()) track.stop();
        const duration = Math.max(1, Math.round((performance.now() - began) / 1000));
        resolve({ blob: new Blob(parts, { type: recorder.mimeType }), duration });
      };
    });
    recorder.start();
    return { promised: this.recorded };
  }
}
