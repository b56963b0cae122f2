// Plays Intercom's sender of webhooks between the sandbox and the servers under test.
import { once } from "node:events";
import { createServer } from "node:http";
import { HOOK } from "./desk.mjs";

/** Plays Intercom's sender: takes what the sandbox tells, and brings it to a server until one has taken it. One in ten
 * comes twice. What a server acknowledged is its own: it never comes again. */
export class Courier {
  static async open(dice) {
    const courier = new Courier();
    courier.live = [];
    courier.taken = new Map();
    courier.resent = 0;
    courier.ids = new Set();
    courier.going = true;
    courier.dice = dice;
    courier.server = createServer((request, answer) => courier.hear(request, answer));
    courier.server.listen(0, "127.0.0.1");
    await once(courier.server, "listening");
    courier.url = `http://127.0.0.1:${courier.server.address().port}`;
    return courier;
  }

  get acknowledged() {
    return this.ids.size;
  }

  add(url) {
    this.live.push(url);
  }

  drop(url) {
    this.live = this.live.filter((one) => one !== url);
  }

  /** When a server took the first notification of a conversation. */
  takenAt(conversation) {
    return this.taken.get(conversation);
  }

  async hear(request, answer) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    answer.end("ok");
    const body = Buffer.concat(chunks);
    const parcel = { body, signature: request.headers["x-hub-signature"], told: JSON.parse(body) };
    const copies = this.dice.below(10) === 0 ? 2 : 1;
    await Promise.all(Array.from({ length: copies }, () => this.bring(parcel)));
  }

  async bring({ body, signature, told }) {
    for (let attempt = 0; this.going; attempt += 1) {
      const url = this.live[attempt % Math.max(1, this.live.length)];
      const answer = url && (await this.post(url, body, signature));
      if (answer === 200) {
        const conversation = String(told.data.item.id);
        if (!this.taken.has(conversation)) this.taken.set(conversation, Date.now());
        this.ids.add(told.id);
        return;
      }
      if (url) this.resent += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async post(url, body, signature) {
    try {
      const headers = { "content-type": "application/json", "x-hub-signature": signature };
      const answer = await fetch(`${url}${HOOK}`, { method: "POST", headers, body });
      await answer.text();
      return answer.status;
    } catch {
      return 0;
    }
  }

  close() {
    this.going = false;
    this.server.close();
    this.server.closeAllConnections();
  }
}
