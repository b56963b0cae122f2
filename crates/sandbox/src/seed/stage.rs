//! Plays a script: one conversation with its parts, in time counted from its first message.

use super::{
    cast::Cast,
    dice::Dice,
    mail,
    people::Person,
    plan::{Ending, Plan},
    script::{Script, Step},
    statistics, text,
};
use crate::world::{
    Attributes, Time,
    inbox::{
        AiAgent, Assignee, Attachment, Author, Conversation, Part, Priority, Rating, Source, State,
        Statistics,
    },
    people::Applied,
};
use serde_json::json;
use std::collections::BTreeMap;

const MINUTE: Time = 60;
const HOUR: Time = 3600;

/// What a play needs besides its script.
pub(super) struct Scene<'a> {
    pub(super) plan: Plan,
    pub(super) script: &'a Script,
    pub(super) person: &'a Person,
    pub(super) cast: Cast<'a>,
    /// Id and members of the team that handles it.
    pub(super) team: (u64, &'a [u64]),
    /// First names of admins, by id.
    pub(super) names: &'a BTreeMap<u64, String>,
    /// Ids of the tags of the script.
    pub(super) tags: Vec<u64>,
    /// Where files lie.
    pub(super) files: &'a str,
}

struct Stage<'a, 'd> {
    scene: Scene<'a>,
    dice: &'d mut Dice,
    clock: Time,
    /// Seconds that the script asks to wait before the next step.
    wait: Option<Time>,
    email: bool,
    admin: u64,
    /// The mail before, which an answer quotes.
    quoted: String,
    talk: Conversation,
}

/// Plays a scene; ids are 0 and times count from the first message.
pub(super) fn play(scene: Scene<'_>, dice: &mut Dice) -> Conversation {
    let channel = *dice.pick(&scene.script.channels);
    let admin = *dice.pick(scene.team.1);
    let mut stage = Stage {
        talk: opening(&scene, channel),
        email: channel == "email",
        admin,
        clock: 0,
        wait: None,
        quoted: String::new(),
        scene,
        dice,
    };
    stage.scene.cast.admin = stage.scene.names.get(&admin).map_or("", String::as_str);
    stage.title();
    stage.run();
    stage.end();
    let mut talk = stage.talk;
    talk.updated_at = talk.parts.last().map_or(0, |part| part.created_at);
    talk.statistics = statistics::of(&talk);
    talk
}

fn opening(scene: &Scene<'_>, channel: &'static str) -> Conversation {
    let author = Author::Contact(scene.person.id);
    let source = Source {
        id: 0,
        kind: channel,
        delivered_as: "customer_initiated",
        subject: "".into(),
        body: "".into(),
        author,
        attachments: Vec::new(),
        url: None,
        redacted: false,
    };
    let mut custom_attributes = Attributes::new();
    custom_attributes.insert("Order number".into(), json!(scene.cast.order));
    custom_attributes.insert("Topic".into(), json!(scene.script.topic));
    custom_attributes.insert("Sentiment".into(), json!(scene.script.mood));
    Conversation {
        id: 0,
        title: None,
        created_at: 0,
        updated_at: 0,
        waiting_since: None,
        snoozed_until: None,
        state: State::Open,
        read: false,
        priority: scene.script.priority.unwrap_or_default(),
        admin_assignee: None,
        team_assignee: None,
        company: scene
            .person
            .company
            .as_ref()
            .filter(|_| scene.script.business)
            .map(|(id, _)| *id),
        tags: Vec::new(),
        source,
        contacts: vec![scene.person.id],
        teammates: Vec::new(),
        custom_attributes,
        sla: None,
        rating: None,
        statistics: Statistics::default(),
        linked_tickets: Vec::new(),
        ai_agent: None,
        parts: Vec::new(),
        ticket: None,
    }
}

impl Stage<'_, '_> {
    fn title(&mut self) {
        let script = self.scene.script;
        self.talk.title = Some(text::plain(&script.title, self.dice, &self.scene.cast).into());
        if self.email {
            self.talk.source.subject =
                text::plain(&script.subject, self.dice, &self.scene.cast).into();
        } else if self.talk.source.kind == "conversation" {
            self.talk.source.url = Some("https://spokeandsaddle.example/account/orders".into());
        }
        if script.priority.is_none() {
            let roll = self.dice.below(100);
            self.talk.priority = if roll < 80 {
                Priority::None
            } else if roll < 92 {
                Priority::Low
            } else {
                Priority::Medium
            };
        }
    }

    fn run(&mut self) {
        let script = self.scene.script;
        let mut turns = 0;
        for step in &script.steps {
            if self.stops(turns, step) {
                return;
            }
            turns += usize::from(matches!(step, Step::Customer(_)));
            self.step(step);
        }
    }

    /// Whether the plan ends the conversation before this step. Files belong to the message before.
    fn stops(&self, turns: usize, step: &Step) -> bool {
        match (self.scene.plan.ending, step) {
            (_, Step::Attach(..)) => false,
            (Ending::Waiting(last), _) => turns >= last,
            (Ending::Snoozed, Step::Close | Step::Snooze(_)) => true,
            (Ending::Snoozed, Step::Customer(_)) => {
                turns > 0 && self.talk.parts.iter().any(is_admin_reply)
            }
            (Ending::Parts(count), _) => self.talk.parts.len() >= count,
            _ => false,
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Customer(words) => self.customer(words),
            Step::Fin(words) => self.fin(words),
            Step::Admin(words) => self.answer(words),
            Step::Note(words) => {
                self.pass(2 * MINUTE, 25 * MINUTE);
                let body = text::html(words, self.dice, &self.scene.cast);
                self.part("note", Some(body), Author::Admin(self.admin));
            }
            Step::Attach(name, media, size) => self.attach(name, media, *size),
            Step::AssignTeam => {
                self.pass(4, 50);
                self.talk.team_assignee = Some(self.scene.team.0);
                self.part("assignment", None, Author::Bot(false))
                    .assigned_to = Some(Assignee::Team(self.scene.team.0));
            }
            Step::AssignAdmin => self.take(),
            Step::Wait(seconds) => self.wait = Some(*seconds),
            Step::Close => self.close(),
            Step::Snooze(seconds) => self.snooze(*seconds),
            Step::Rate(score, remark) => self.rate(*score, remark),
        }
    }

    /// Lets time go by: what the script asks for, else something between two bounds.
    fn pass(&mut self, low: Time, high: Time) {
        let seconds = match self.wait.take() {
            Some(wait) => wait + self.dice.between(-wait / 8, wait / 6),
            None => self.dice.skewed(low, high),
        };
        self.clock += seconds.max(1);
    }

    fn part(&mut self, kind: &'static str, body: Option<String>, author: Author) -> &mut Part {
        let part = Part {
            id: 0,
            kind,
            body: body.map(Into::into),
            created_at: self.clock,
            author,
            assigned_to: None,
            attachments: Vec::new(),
            redacted: false,
            state: self.talk.state,
            tags: Vec::new(),
            by_app: false,
            reply_options: Vec::new(),
            event_details: None,
        };
        if let Author::Admin(id) = author
            && !self.talk.teammates.contains(&id)
        {
            self.talk.teammates.push(id);
        }
        self.talk.parts.push(part);
        let last = self.talk.parts.len() - 1;
        &mut self.talk.parts[last]
    }

    fn customer(&mut self, words: &str) {
        let body = text::html(words, self.dice, &self.scene.cast);
        let author = Author::Contact(self.scene.person.id);
        if self.talk.source.body.is_empty() {
            let body = if self.email {
                mail::first(body, &self.scene.person.name, self.dice)
            } else {
                body
            };
            self.quoted.clone_from(&body);
            self.talk.source.body = body.into();
        } else {
            let (low, high) = if self.email {
                (25 * MINUTE, 9 * HOUR)
            } else {
                (MINUTE, 40 * MINUTE)
            };
            self.pass(low, high);
            let body = if self.email {
                self.quoting(&body)
            } else {
                body
            };
            let woken = self.talk.state != State::Open;
            self.talk.state = State::Open;
            self.talk.snoozed_until = None;
            self.part(if woken { "open" } else { "comment" }, Some(body), author);
        }
        self.talk.waiting_since = self.talk.waiting_since.or(Some(self.clock));
    }

    /// A customer's mail carries the mails before it.
    fn quoting(&mut self, body: &str) -> String {
        let whole = mail::answer(body, &self.quoted, &self.scene.person.email, self.dice);
        self.quoted = mail::shortened(&whole);
        whole
    }

    fn fin(&mut self, words: &str) {
        self.pass(6, 45);
        let body = text::html(words, self.dice, &self.scene.cast);
        let agent = self.talk.ai_agent.get_or_insert_with(|| {
            Box::new(AiAgent {
                source_title: "Front door".into(),
                last_answer_type: "ai_answer",
                resolution_state: "escalated",
                rating: None,
                rating_remark: None,
                created_at: self.clock,
                updated_at: self.clock,
                articles: Vec::new(),
            })
        });
        agent.updated_at = self.clock;
        let cast = &self.scene.cast;
        agent
            .articles
            .extend(mentioned(words).filter_map(|title| cast.article_id(title)));
        self.quoted.clone_from(&body);
        self.part("comment", Some(body), Author::Bot(true));
        self.talk.waiting_since = None;
    }

    fn answer(&mut self, words: &str) {
        if self.talk.admin_assignee.is_none() && self.dice.percent(75) {
            self.take();
        }
        let waits = self.wait.is_some() || self.talk.admin_assignee.is_none();
        match (self.email, waits) {
            (true, _) => self.pass(12 * MINUTE, 10 * HOUR),
            (false, true) => self.pass(4 * MINUTE, 3 * HOUR),
            (false, false) => self.pass(2 * MINUTE, 50 * MINUTE),
        }
        let body = text::html(words, self.dice, &self.scene.cast);
        self.quoted = if self.email {
            mail::reply(&body, &self.quoted)
        } else {
            body.clone()
        };
        self.part("comment", Some(body), Author::Admin(self.admin));
        self.talk.waiting_since = None;
    }

    fn take(&mut self) {
        if self.talk.admin_assignee.is_none() {
            let wait = self.wait.take();
            self.pass(MINUTE, 90 * MINUTE);
            self.wait = wait;
            self.talk.admin_assignee = Some(self.admin);
            self.part("assignment", None, Author::Admin(self.admin))
                .assigned_to = Some(Assignee::Admin(self.admin));
        }
    }

    fn attach(&mut self, name: &str, media: &str, size: u64) {
        let name = text::plain(name, self.dice, &self.scene.cast);
        let file = Attachment {
            url: format!("{}/{}/{name}", self.scene.files, self.scene.cast.order),
            name,
            content_type: media.into(),
            filesize: size,
        };
        match self.talk.parts.last_mut() {
            Some(part) => part.attachments.push(file),
            None => self.talk.source.attachments.push(file),
        }
    }

    fn close(&mut self) {
        self.pass(MINUTE, 45 * MINUTE);
        let by = if self.talk.parts.iter().any(is_admin_reply) {
            Author::Admin(self.admin)
        } else {
            Author::Bot(false)
        };
        self.talk.state = State::Closed;
        self.talk.waiting_since = None;
        if by == Author::Bot(false)
            && let Some(agent) = &mut self.talk.ai_agent
        {
            agent.resolution_state = "confirmed_resolution";
        }
        self.part("close", None, by);
    }

    fn snooze(&mut self, seconds: Time) {
        self.pass(20, 10 * MINUTE);
        self.talk.state = State::Snoozed;
        self.talk.snoozed_until = Some(self.clock + seconds);
        self.part("snoozed", None, Author::Admin(self.admin));
    }

    fn rate(&mut self, score: u8, remark: &str) {
        let score = self
            .scene
            .plan
            .score
            .filter(|_| score >= 4)
            .unwrap_or(score);
        let said = text::plain(remark, self.dice, &self.scene.cast);
        let remark = (!said.is_empty())
            .then_some(said)
            .filter(|_| score >= 4 || self.scene.plan.score.is_none());
        let (requested_at, contact) = (self.clock, self.scene.person.id);
        self.pass(2 * MINUTE, 5 * HOUR);
        let admin = self
            .talk
            .parts
            .iter()
            .any(is_admin_reply)
            .then_some(self.admin);
        self.talk.rating = Some(Box::new(Rating {
            score: Some(score),
            remark: remark.clone(),
            requested_at,
            replied_at: Some(self.clock),
            contact,
            admin,
        }));
        self.part(
            "conversation_rating_changed",
            None,
            Author::Contact(contact),
        );
        if let Some(remark) = remark {
            self.clock += 20;
            self.part(
                "conversation_rating_remark_added",
                Some(format!("<p>{remark}</p>")),
                Author::Contact(contact),
            );
        }
    }

    fn end(&mut self) {
        match self.scene.plan.ending {
            Ending::Snoozed
                if self.talk.state == State::Open && self.talk.parts.iter().any(is_admin_reply) =>
            {
                let days = self.dice.between(1, 6);
                self.snooze(self.scene.plan.age + days * 24 * HOUR);
            }
            Ending::Reopened if self.talk.state == State::Closed => {
                self.wait = Some(30 * HOUR);
                self.customer("[One more question|PS]: could you [also send me the invoice for {order}|tell me whether this changes anything about the warranty]? [Thank you!|Thanks.]");
            }
            _ => {}
        }
        if self.talk.state == State::Snoozed
            && self
                .talk
                .snoozed_until
                .is_some_and(|until| until <= self.clock + self.scene.plan.age)
        {
            self.clock = self.talk.snoozed_until.take().unwrap_or(self.clock);
            self.talk.state = State::Open;
            self.part("timer_unsnooze", None, Author::Bot(false));
        }
        self.talk.read = self.talk.waiting_since.is_none() || self.dice.percent(30);
        self.tag();
    }

    /// Tags come with the first answer; what nobody has looked at has only the tags that a rule gives.
    fn tag(&mut self) {
        let answered = self
            .talk
            .parts
            .iter()
            .find(|part| is_admin_reply(part))
            .map(|part| (part.created_at, self.admin));
        let (at, by, count) = match answered {
            Some((at, by)) => (at, by, self.scene.tags.len()),
            None => (0, 7001, 1.min(self.scene.tags.len())),
        };
        self.talk.tags = self.scene.tags[..count]
            .iter()
            .map(|&tag| Applied { tag, at, by })
            .collect();
    }
}

fn is_admin_reply(part: &Part) -> bool {
    part.kind == "comment" && matches!(part.author, Author::Admin(_))
}

/// Titles of the articles that a text names.
fn mentioned(words: &str) -> impl Iterator<Item = &str> {
    words
        .split("{article:")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(title, _)| title)
}
