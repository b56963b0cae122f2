// A sandbox with customers, a server with an agent, and the database between them, for the proofs of the agent.
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "./programs.mjs";

export const SECRET = "sandbox-secret";
export const HOOK = "/webhooks/intercom/default";
const POSTGRES = process.env.E2E_POSTGRES ?? "postgres://root@127.0.0.1:5432";

/** The words that answer themselves from the help center, and those that need a human. */
export const CALM = "When do I get my refund?";
export const ANGRY = "I want to talk to a human being, please";

export function signature(body) {
  return `sha1=${createHmac("sha1", SECRET).update(body).digest("hex")}`;
}

/** Numbers that a seed repeats. */
export class Dice {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** A number from 0 on, below `end`. */
  below(end) {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * end);
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}

/** The sandbox, and what customers do and see there. */
export class Shop {
  static async open() {
    const shop = new Shop();
    shop.sandbox = await start(["sandbox", "--listen", "127.0.0.1:0", "--rate-limit", "100000000"]);
    shop.customers = (await shop.control("GET", "state/contacts")).ids;
    return shop;
  }

  get url() {
    return this.sandbox.url;
  }

  async ask(method, path, body) {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: "Bearer sandbox-token", "intercom-version": "2.16", "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    return answer.json();
  }

  control(method, place, body) {
    return this.ask(method, `/__sandbox/${place}`, body);
  }

  /** Leaves only the articles whose title has that word: a server that starts reads them all first. */
  async keepArticles(word) {
    for (const id of (await this.control("GET", "state/articles")).ids) {
      const { title } = await this.control("GET", `state/articles/${id}`);
      if (!title.includes(word)) await this.ask("DELETE", `/articles/${id}`);
    }
    for (const id of (await this.control("GET", "state/internal_articles")).ids) await this.ask("DELETE", `/internal_articles/${id}`);
  }

  /** Where the sandbox tells of what happens. */
  tell(url) {
    return this.control("POST", "webhook", { url: `${url}${HOOK}`, secret: SECRET });
  }

  /** A customer begins a conversation; its id. */
  async begin(words, customer = this.customers[0]) {
    const body = { from: { type: "contact", id: customer }, body: words };
    return (await this.ask("POST", "/conversations", body)).conversation_id;
  }

  /** What the agent has done in a conversation. */
  async seen(id) {
    const conversation = await this.control("GET", `state/conversations/${id}`);
    const parts = conversation.conversation_parts.conversation_parts;
    const own = (kind) =>
      parts.filter((part) => part.part_type === kind && part.author.type === "admin").map((part) => part.body ?? "");
    const notes = own("note");
    return {
      replies: own("comment"),
      handovers: notes.filter((note) => note.includes("Handed over by the agent")),
      /** The honest end of what nobody can tell: a human looks. */
      uncertain: notes.filter((note) => note.includes("The agent stopped here")),
      tags: conversation.tags.tags.map((tag) => tag.name),
      team: conversation.team_assignee_id,
    };
  }

  close() {
    return this.sandbox.stop();
  }
}

/** The database of one engine; none where it is not there. */
export class Database {
  static async open(engine) {
    const base = new Database();
    base.engine = engine;
    base.home = mkdtempSync(join(tmpdir(), "frontdesk-desk-"));
    if (engine === "postgres") {
      const url = new URL(POSTGRES);
      if (!(await listens(url))) {
        console.log(`skipped: no Postgres at ${url.host}`);
        rmSync(base.home, { recursive: true });
        return undefined;
      }
      base.name = `frontdesk_e2e_${process.pid}`;
      psql("postgres", `CREATE DATABASE ${base.name}`);
    }
    return base;
  }

  get env() {
    const place = this.name ? { FRONTDESK_DATABASE: `${POSTGRES}/${this.name}` } : {};
    return { FRONTDESK_HOME: this.home, ...place };
  }

  /** The rows of a question, each a list of texts. */
  rows(text) {
    if (this.name) return table(psql(this.name, text));
    const program = "import sqlite3,sys\nfor r in sqlite3.connect(sys.argv[1],60).execute(sys.argv[2]): print(*r,sep='|')";
    return table(execFileSync("python3", ["-c", program, join(this.home, "frontdesk.db"), text], BIG));
  }

  number(text) {
    return Number(this.rows(text)[0][0]);
  }

  close() {
    if (this.name) psql("postgres", `DROP DATABASE ${this.name} WITH (FORCE)`);
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** `frontdesk serve` with an agent that answers by itself. */
export function serve(shop, database, env = {}) {
  return start(["serve", "--listen", "127.0.0.1:0", "--log", "error"], {
    env: {
      INTERCOM_ACCESS_TOKEN: "sandbox-token",
      INTERCOM_BASE_URL: shop.url,
      INTERCOM_CLIENT_SECRET: SECRET,
      FRONTDESK_TOKEN: "e2e-token",
      FRONTDESK_AGENT: "auto",
      FRONTDESK_AGENT_TEAMS: "default=Technical",
      ...database.env,
      ...env,
    },
  });
}

/** Waits until something holds; fails after so many seconds. */
export async function until(what, holds, seconds = 60) {
  const since = Date.now();
  while (!(await holds())) {
    if (Date.now() - since > seconds * 1000) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The value below which that share of the sorted numbers lies. */
export function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

const BIG = { encoding: "utf8", maxBuffer: 1 << 28 };

function table(text) {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => line.split("|"));
}

function psql(database, text) {
  const how = ["--quiet", "--no-psqlrc", "--no-align", "--tuples-only", "--command", text, `${POSTGRES}/${database}`];
  return execFileSync("psql", how, BIG);
}

function listens(url) {
  return new Promise((resolve) => {
    const socket = createConnection(Number(url.port), url.hostname);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
