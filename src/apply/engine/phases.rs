//! Runs in phases: first what makes the Secrets that other endpoints sign in with, then those endpoints.

use super::{Plans, plan_on};
use crate::apply::input::declaration::Declaration;
use crate::apply::input::registry::Endpoint;
use crate::apply::input::selection::Request;
use crate::apply::kinds::secret::SecretName;
use crate::apply::planning::declared::Declared;
use crate::apply::planning::{PlannedEndpoint, PlannedItem, Refusals, validate};
use crate::apply::report::Report;

/// Carries plans out by `carry_out`, and then plans and carries out what signs in with the Secrets that this has made, until
/// nothing new can be planned.
///
/// The report is that of all phases; an endpoint whose Secret was not made is refused in it.
///
/// # Errors
/// Those of `carry_out`, after which nothing more is begun.
pub fn phases<E>(
    declaration: &mut Declaration,
    request: &Request,
    first: Plans,
    mut carry_out: impl FnMut(Plans, &Declaration) -> Result<Report, E>,
) -> Result<Report, E> {
    let mut is_refused = first.is_refused();
    let mut whole = carry_out(first, declaration)?;
    while !is_refused {
        let made: Vec<_> = whole.secrets().cloned().collect();
        let (supplied, problems) = declaration.registry.supply(made.iter());
        if supplied.is_empty() {
            let why = problems.first().map(ToString::to_string);
            refuse(
                declaration,
                &mut whole,
                why.as_deref().unwrap_or("the Secret that this signs in with was not made"),
            );
            break;
        }
        let is_asked = |name: &String| whole.endpoints.iter().any(|known| known.name == *name);
        let is_next = |endpoint: &Endpoint| supplied.contains(&endpoint.name) && is_asked(&endpoint.name);
        let next = plan_on(declaration, request, &is_next);
        is_refused = next.is_refused();
        whole.take_over(carry_out(next, declaration)?);
    }
    Ok(whole)
}

/// Refuses what still waits.
fn refuse(declaration: &Declaration, whole: &mut Report, why: &str) {
    let waits = |name: &str| {
        declaration.registry.endpoints.iter().any(|endpoint| endpoint.name == name && endpoint.awaited.is_some())
    };
    for endpoint in whole.endpoints.iter_mut().filter(|endpoint| waits(&endpoint.name)) {
        endpoint.warnings.clear();
        endpoint.refusals.push(format!("nothing was done here: {why}"));
    }
}

/// An endpoint that can be planned only after something else.
pub struct Awaiting {
    name: String,
    secret: SecretName,
    /// How many objects are declared for it.
    count: usize,
    /// What makes the Secret, and where.
    maker: (String, String),
}

impl Awaiting {
    /// All of what is declared.
    pub fn of(declared: &[Declared<'_>]) -> Vec<Awaiting> {
        let of = |one: &Declared<'_>| {
            let secret = one.endpoint.awaited.as_ref()?.secret.clone();
            let (endpoint, item) = validate::maker(declared, &secret)?;
            let maker = (item.title.clone(), endpoint.name.clone());
            Some(Awaiting { name: one.endpoint.name.clone(), secret, count: one.items().count(), maker })
        };
        declared.iter().filter_map(of).collect()
    }
}

/// Says of every endpoint without plans what it waits for, and refuses the run where that will not come.
pub fn tell(endpoints: &mut [PlannedEndpoint], awaiting: &[Awaiting], is_destruction: bool) {
    for Awaiting { name, secret, count, maker: (task, place) } in awaiting {
        let mut objects = endpoints.iter().flat_map(|known| &known.objects);
        let planned = objects.find(|object| object.item.secret.as_ref() == Some(secret)).map(PlannedItem::title);
        let title = planned.unwrap_or(task).to_owned();
        let is_refused = |known: &PlannedEndpoint| known.name == *place && !known.refusals.is_empty();
        let comes = awaiting.iter().any(|other| other.name == *place)
            || endpoints.iter().any(|known| known.objects.iter().any(|object| object.makes_secret(secret)));
        let stopped = endpoints.iter().any(is_refused);
        let Some(endpoint) = endpoints.iter_mut().find(|known| known.name == *name) else { continue };
        let signs_in = format!("this endpoint signs in with the Secret {secret}");
        if is_destruction {
            endpoint.refusals = Refusals::everywhere(vec![format!(
                "{signs_in}, which is not in the input, and nothing is made to take things away: give it as a file"
            )]);
        } else if stopped {
            endpoint.refusals = Refusals::here(vec![format!("{signs_in}, and the {title} that makes it has no plan")]);
        } else if comes {
            let noun = if *count == 1 { "object is" } else { "objects are" };
            endpoint.warnings.push(format!("{count} {noun} planned after the {title}, which makes the Secret {secret} that this endpoint signs in with"));
        } else {
            endpoint.refusals = Refusals::everywhere(vec![format!(
                "{signs_in}, which is not in the input; the {title} makes it once, and does not in this run: give it as a file, or \
                 have everything applied where that has not happened yet"
            )]);
        }
    }
}
