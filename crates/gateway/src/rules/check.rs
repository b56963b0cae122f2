//! The types of an expression, before any call: unknown words, unknown arguments and comparisons of unlike things are
//! errors of the rule, and not of the calls that it will judge.
//!
//! Only what ends soon is let in: no arithmetic, no patterns, and one loop that is not in another.

use super::terms::{self, Kind, Needs, ROOTS};
use crate::Tool;
use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr};

/// What is wrong, and with which part.
pub(super) struct Fault {
    pub(super) at: u64,
    pub(super) what: String,
}

/// Checks one expression for the tools of its rule.
pub(super) struct Checker<'a> {
    /// None stands for all tools.
    tools: &'a [&'a Tool],
    needs: Needs,
    /// The variable of the loop around.
    inner: Option<(String, Kind)>,
    /// The name under which the loop gathers its result.
    gathered: Option<String>,
}

type Checked = Result<Kind, Fault>;

impl<'a> Checker<'a> {
    pub(super) fn new(tools: &'a [&'a Tool]) -> Self {
        Self {
            tools,
            needs: Needs::default(),
            inner: None,
            gathered: None,
        }
    }

    /// What must be looked up for it.
    pub(super) fn needs(&self) -> Needs {
        self.needs
    }

    /// A rule is true or not.
    pub(super) fn check(&mut self, root: &IdedExpr) -> Result<(), Fault> {
        self.truth(root)
    }

    fn kind(&mut self, expr: &IdedExpr) -> Checked {
        match &expr.expr {
            Expr::Literal(literal) => Ok(match literal {
                LiteralValue::Boolean(_) => Kind::Truth,
                LiteralValue::String(_) => Kind::Text,
                LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_) => {
                    Kind::Number
                }
                LiteralValue::Bytes(_) | LiteralValue::Null => {
                    return fault(expr, "only texts, numbers, true and false are values here");
                }
            }),
            Expr::Ident(name) => self.variable(expr, name),
            Expr::Select(select) => self.select(expr, select),
            Expr::Call(call) => self.call(expr, call),
            Expr::List(list) => {
                let mut kind = Kind::Any;
                for element in &list.elements {
                    let next = self.kind(element)?;
                    alike(element, &kind, &next)?;
                    kind = next;
                }
                Ok(Kind::List(Box::new(kind)))
            }
            Expr::Comprehension(inner) => self.looped(expr, inner),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                fault(expr, "this cannot be written in a rule")
            }
        }
    }

    fn variable(&mut self, expr: &IdedExpr, name: &str) -> Checked {
        if self.gathered.as_deref() == Some(name) {
            return Ok(Kind::Truth);
        }
        match &self.inner {
            Some((own, kind)) if own == name => Ok(kind.clone()),
            _ if name == "args" || terms::words(name).is_some() => {
                fault(expr, format!("say what of `{name}`, such as `{name}.id`"))
            }
            _ => fault(expr, format!("there is no `{name}`; there are {ROOTS}")),
        }
    }

    fn select(&mut self, expr: &IdedExpr, select: &SelectExpr) -> Checked {
        let found = match &select.operand.expr {
            Expr::Ident(root) if root == "args" && !self.is_inner(root) => {
                self.argument(expr, &select.field)?
            }
            Expr::Ident(root) if !self.is_inner(root) => self.word(expr, root, &select.field)?,
            _ => match self.kind(&select.operand)? {
                Kind::Any => Kind::Any,
                Kind::Fields(fields) => member(expr, fields, &select.field)?,
                _ => return fault(expr, format!("there is no `{}` in this", select.field)),
            },
        };
        Ok(if select.test { Kind::Truth } else { found })
    }

    fn is_inner(&self, name: &str) -> bool {
        self.inner.as_ref().is_some_and(|(own, _)| own == name)
    }

    /// An argument that all tools of the rule have, of one type.
    fn argument(&mut self, expr: &IdedExpr, name: &str) -> Checked {
        if self.tools.is_empty() {
            return fault(
                expr,
                "a rule for `*` cannot speak of arguments: name the tools",
            );
        }
        let mut kind: Option<Kind> = None;
        for tool in self.tools {
            if let Some(better) = terms::instead(tool, name) {
                return fault(
                    expr,
                    format!(
                        "`args.{name}` of `{}` may be an id or a name: speak of {better}",
                        tool.name
                    ),
                );
            }
            let Some(param) = tool.params.get(name).filter(|param| param.fixed.is_none()) else {
                let known: Vec<&str> = tool.params.keys().map(String::as_str).collect();
                return fault(
                    expr,
                    format!(
                        "`{}` has no argument `{name}`; it has {}",
                        tool.name,
                        known.join(", ")
                    ),
                );
            };
            let own = terms::kind_of(param);
            kind = Some(match kind {
                Some(other) if other != own => Kind::Any,
                _ => own,
            });
        }
        Ok(kind.unwrap_or(Kind::Any))
    }

    /// A word beside `args`, which all tools of the rule can tell.
    fn word(&mut self, expr: &IdedExpr, root: &str, field: &str) -> Checked {
        let Some(words) = terms::words(root) else {
            return fault(expr, format!("there is no `{root}`; there are {ROOTS}"));
        };
        let Some((_, kind)) = words.iter().find(|(name, _)| *name == field) else {
            let known: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
            return fault(
                expr,
                format!(
                    "there is no `{root}.{field}`; there are {}",
                    known.join(", ")
                ),
            );
        };
        let tells = |tool: &Tool| match root {
            "conversation" => terms::naming(tool, "conversation").next().is_some(),
            "contact" => {
                let mut naming = terms::naming(tool, "contact");
                naming.next().is_some() || terms::naming(tool, "conversation").next().is_some()
            }
            "assignee" => terms::assigns(tool),
            "tag" => terms::tagging(tool).is_some(),
            _ => true,
        };
        let everywhere = ["tool", "caller"].contains(&root);
        if self.tools.is_empty() && !everywhere {
            return fault(
                expr,
                format!("a rule for `*` cannot speak of `{root}`: name the tools"),
            );
        }
        if let Some(mute) = self.tools.iter().find(|tool| !tells(tool)) {
            return fault(
                expr,
                format!("`{}` names no {root} that a rule could look at", mute.name),
            );
        }
        self.needs.note(root, field);
        Ok(kind.clone())
    }

    fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Checked {
        let mut parts: Vec<&IdedExpr> = call.target.as_deref().into_iter().collect();
        parts.extend(&call.args);
        match (call.func_name.as_str(), parts.as_slice()) {
            ("_&&_" | "_||_", [left, right]) => {
                self.truth(left)?;
                self.truth(right)?;
                Ok(Kind::Truth)
            }
            ("!_", [one]) => self.truth(one).map(|()| Kind::Truth),
            ("_==_" | "_!=_", [left, right]) => {
                let (a, b) = (self.kind(left)?, self.kind(right)?);
                alike(expr, &a, &b)?;
                spelled(right, &a)?;
                spelled(left, &b)?;
                Ok(Kind::Truth)
            }
            ("_<_" | "_<=_" | "_>_" | "_>=_", [left, right]) => {
                for side in [left, right] {
                    self.want(side, &Kind::Number, "a number")?;
                }
                Ok(Kind::Truth)
            }
            ("@in", [one, list]) => self.inside(one, list),
            ("_?_:_", [condition, yes, no]) => {
                self.truth(condition)?;
                let (a, b) = (self.kind(yes)?, self.kind(no)?);
                alike(expr, &a, &b)?;
                Ok(a)
            }
            ("-_", [one]) => self.want(one, &Kind::Number, "a number"),
            ("startsWith" | "endsWith" | "contains", [one, other]) => {
                self.want(one, &Kind::Text, "a text")?;
                self.want(other, &Kind::Text, "a text")?;
                Ok(Kind::Truth)
            }
            ("size", [one]) => match self.kind(one)? {
                Kind::Text | Kind::Word(_) | Kind::List(_) | Kind::Any => Ok(Kind::Number),
                _ => fault(one, "only a text or a list has a size"),
            },
            ("_[_]", [one, key]) => match (self.kind(one)?, self.kind(key)?) {
                (Kind::Any, _) => Ok(Kind::Any),
                (Kind::List(items), Kind::Number) => Ok(*items),
                _ => fault(expr, "this has no places"),
            },
            (name, _) => fault(
                expr,
                format!(
                    "`{}` cannot be used in a rule; there are == != < <= > >= in && || ! ?:, has, size, startsWith, \
                     endsWith, contains, exists and all",
                    name.trim_matches('_')
                ),
            ),
        }
    }

    fn inside(&mut self, one: &IdedExpr, list: &IdedExpr) -> Checked {
        let sought = self.kind(one)?;
        match self.kind(list)? {
            Kind::List(items) => {
                alike(one, &sought, &items)?;
                if let Expr::List(listed) = &list.expr {
                    for element in &listed.elements {
                        spelled(element, &sought)?;
                    }
                }
                Ok(Kind::Truth)
            }
            Kind::Any => Ok(Kind::Truth),
            _ => fault(list, "behind `in` stands a list"),
        }
    }

    /// `exists` and `all`.
    fn looped(&mut self, expr: &IdedExpr, inner: &ComprehensionExpr) -> Checked {
        let truth = matches!(
            inner.accu_init.expr,
            Expr::Literal(LiteralValue::Boolean(_))
        );
        if !truth || inner.iter_var2.is_some() {
            return fault(expr, "of loops, a rule may have `exists` and `all`");
        }
        if self.inner.is_some() {
            return fault(expr, "a loop cannot be in another");
        }
        let items = match self.kind(&inner.iter_range)? {
            Kind::List(items) => *items,
            Kind::Any => Kind::Any,
            _ => return fault(&inner.iter_range, "only a list can be gone through"),
        };
        self.inner = Some((inner.iter_var.clone(), items));
        self.gathered = Some(inner.accu_var.clone());
        let step = self.truth(&inner.loop_step);
        self.inner = None;
        self.gathered = None;
        step.map(|()| Kind::Truth)
    }

    fn truth(&mut self, expr: &IdedExpr) -> Result<(), Fault> {
        self.want(expr, &Kind::Truth, "true or false").map(drop)
    }

    fn want(&mut self, expr: &IdedExpr, wanted: &Kind, called: &str) -> Checked {
        let kind = self.kind(expr)?;
        let fits = match (&kind, wanted) {
            (Kind::Any, _) | (Kind::Word(_), Kind::Text) => true,
            (kind, wanted) => kind == wanted,
        };
        if fits {
            Ok(kind)
        } else {
            fault(
                expr,
                format!("this is {}, and must be {called}", told(&kind)),
            )
        }
    }
}

fn fault<T>(expr: &IdedExpr, what: impl Into<String>) -> Result<T, Fault> {
    Err(Fault {
        at: expr.id,
        what: what.into(),
    })
}

fn member(expr: &IdedExpr, fields: Vec<(String, Kind)>, name: &str) -> Checked {
    let known: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
    match fields.into_iter().find(|(field, _)| field == name) {
        Some((_, kind)) => Ok(kind),
        None => fault(
            expr,
            format!(
                "there is no `{name}` in this; there are {}",
                known.join(", ")
            ),
        ),
    }
}

/// Whether two things can be the same.
fn alike(expr: &IdedExpr, one: &Kind, other: &Kind) -> Result<(), Fault> {
    let fits = match (one, other) {
        (Kind::Any, _)
        | (_, Kind::Any)
        | (Kind::Word(_) | Kind::Text, Kind::Text | Kind::Word(_)) => true,
        (Kind::List(a), Kind::List(b)) => return alike(expr, a, b),
        (one, other) => one == other,
    };
    if fits {
        Ok(())
    } else {
        fault(
            expr,
            format!("{} and {} are never the same", told(one), told(other)),
        )
    }
}

/// A literal that stands beside one of several words must be one of them.
fn spelled(expr: &IdedExpr, beside: &Kind) -> Result<(), Fault> {
    if let (Kind::Word(words), Expr::Literal(LiteralValue::String(text))) = (beside, &expr.expr)
        && !words.iter().any(|word| word == text.inner())
    {
        return fault(
            expr,
            format!("`{}` is not one of {}", text.inner(), words.join(", ")),
        );
    }
    Ok(())
}

fn told(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Word(_) => "a text",
        Kind::Number => "a number",
        Kind::Truth => "true or false",
        Kind::List(_) => "a list",
        Kind::Fields(_) => "an object",
        Kind::Any => "anything",
    }
}
