// A bare HTTP/1.1 connection for load tests.
import { createConnection } from "node:net";

/** One connection that is kept: a request, its answer, the next. Node's own client would be slower than what it measures. */
export class Line {
  static open(host, port) {
    return new Promise((resolve, reject) => {
      const line = new Line();
      line.text = "";
      line.socket = createConnection({ host, port, noDelay: true });
      line.socket.setEncoding("latin1");
      line.socket.once("connect", () => resolve(line)).once("error", reject);
      line.socket.on("data", (text) => line.hear(text));
      line.socket.on("close", () => line.done?.(0));
    });
  }

  send(bytes, done) {
    this.done = done;
    this.socket.write(bytes);
  }

  hear(text) {
    this.text += text;
    const end = this.text.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(this.text.match(/\r\ncontent-length: (\d+)/i)?.[1] ?? 0);
    if (this.text.length < end + 4 + length) return;
    const [status, done] = [Number(this.text.slice(9, 12)), this.done];
    this.text = "";
    this.done = undefined;
    done?.(status);
  }

  end() {
    this.done = undefined;
    this.socket.destroy();
  }
}
