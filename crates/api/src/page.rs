//! The pages that come with the server: the door, and the API document for people.
//!
//! Both are whole in themselves: no script, nothing fetched from elsewhere, light and dark by the
//! reader's own setting.

/// Adds to a text.
macro_rules! put {
    ($to:expr, $($text:tt)*) => { $to.push_str(&format!($($text)*)) };
}

mod schema;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use merkle::hash;
use serde_json::Value;

use crate::openapi::{document, operation_id};
use crate::route::Route;
use crate::routes::TAGS;
use schema::{link, schemas};

const STYLE: &str = include_str!("page.css");

/// Everything that is the same for every caller, made once.
#[derive(Debug)]
pub(crate) struct Pages {
    pub(crate) openapi: String,
    pub(crate) docs: String,
    pub(crate) door: String,
    /// What a browser may load for these pages: their own style and nothing else.
    pub(crate) policy: String,
}

impl Pages {
    pub(crate) fn of(routes: &[Route]) -> Self {
        let document = document(routes);
        let digest = STANDARD.encode(hash::sha256(STYLE.as_bytes()).0);
        let mut openapi = format!("{document:#}");
        openapi.push('\n');
        Self {
            docs: docs(routes, &document),
            openapi,
            door: door(),
            policy: format!(
                "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; \
                 form-action 'none'; frame-ancestors 'none'"
            ),
        }
    }
}

fn shell(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#content\">Skip to the content</a>\n{body}\n</body>\n</html>\n"
    )
}

fn door() -> String {
    shell(
        "Tracewright",
        "<main class=\"door\" id=\"content\">\n<h1>Tracewright</h1>\n\
         <p>The system of record for how every product was made runs here.</p>\n\
         <p>Its screens for people come later. Until then it is used from the command line \
         (<code>tracewright --help</code>) and by programs: \
         <a href=\"/api/v1/docs\">read how the API is called</a>.</p>\n\
         <p class=\"small\"><a href=\"/api/v1/openapi.json\">OpenAPI document</a> · \
         <a href=\"/api/v1/checkpoint\">Signed head of the ledger</a></p>\n</main>",
    )
}

const START: &str = "\
<h2 id=\"start\">How to begin</h2>
<p>Make a token once, then ask with it:</p>
<pre tabindex=\"0\">tracewright token create me --role read --data DIR
curl -H \"Authorization: Bearer $TOKEN\" \\
  \"http://127.0.0.1:8420/api/v1/scope?from=lot:77120-A\"</pre>
<p>Tell what happens with a token of the role that takes, here <code>quality</code>:</p>
<pre tabindex=\"0\">curl -H \"Authorization: Bearer $TOKEN\" \\
  -H \"Content-Type: application/json\" \\
  http://127.0.0.1:8420/api/v1/commands \\
  -d '{\"acts\":[{\"act\":\"scrap\",\"item\":\"serial:SN-0042\",\"reason\":\"cracked\"}]}'</pre>
";

fn docs(routes: &[Route], document: &Value) -> String {
    let mut body = String::from("<div class=\"page\">\n<nav aria-label=\"Contents\">\n");
    for (tag, _) in TAGS {
        let id = anchor(tag);
        put!(body, "<h2><a href=\"#{id}\">{tag}</a></h2>\n<ul>\n");
        for route in routes.iter().filter(|route| route.tag == *tag) {
            let (id, summary) = (operation_id(route), escape(route.summary));
            put!(body, "<li><a href=\"#{id}\">{summary}</a></li>");
        }
        body.push_str("</ul>\n");
    }
    body.push_str("<h2><a href=\"#schemas\">Shapes of data</a></h2>\n</nav>\n");
    body.push_str("<main id=\"content\">\n<h1>Tracewright API</h1>\n");
    body.push_str(&prose(document["info"]["description"].as_str().unwrap_or_default()));
    body.push_str(START);
    for (tag, about) in TAGS {
        let id = anchor(tag);
        put!(body, "<h2 id=\"{id}\">{tag}</h2>\n<p>{}</p>\n", escape(about));
        for route in routes.iter().filter(|route| route.tag == *tag) {
            let method = route.method.as_str().to_ascii_lowercase();
            operation(
                &mut body,
                route,
                &document["paths"][route.documented_path()][method.as_str()],
            );
        }
    }
    body.push_str("<h2 id=\"schemas\">Shapes of data</h2>\n");
    schemas(&mut body, &document["components"]["schemas"]);
    body.push_str("</main>\n</div>");
    shell("Tracewright API", &body)
}

fn operation(body: &mut String, route: &Route, operation: &Value) {
    let id = operation_id(route);
    let role = route.role.map_or_else(
        || "Open to everybody.".to_owned(),
        |role| format!("Needs the role <code>{role}</code>."),
    );
    put!(
        body,
        "<section id=\"{id}\">\n<h3><a href=\"#{id}\">{}</a></h3>\n\
         <code class=\"call\"><b>{}</b> {}</code>\n<p class=\"small\">{role}</p>\n{}",
        escape(route.summary),
        route.method,
        escape(&route.documented_path()),
        prose(route.description),
    );
    parameters(body, &operation["parameters"]);
    contents(body, "Body", &operation["requestBody"]["content"]);
    let answers = operation["responses"].as_object();
    for (status, answer) in answers.into_iter().flatten() {
        if answer.get("$ref").is_none() {
            contents(body, &format!("Answer {status}"), &answer["content"]);
        }
    }
    let problems: Vec<&str> = answers
        .into_iter()
        .flatten()
        .filter(|(_, answer)| answer.get("$ref").is_some())
        .map(|(status, _)| status.as_str())
        .collect();
    put!(
        body,
        "<p class=\"small\">Otherwise {}, as a <a href=\"#schema-Problem\">problem</a>.</p>\n\
         </section>\n",
        problems.join(", ")
    );
}

fn parameters(body: &mut String, parameters: &Value) {
    let Some(parameters) = parameters.as_array().filter(|list| !list.is_empty()) else { return };
    body.push_str(
        "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">Parameter</th>\
         <th scope=\"col\">In</th><th scope=\"col\">Type</th><th scope=\"col\">Meaning</th></tr>\
         </thead>\n<tbody>\n",
    );
    for parameter in parameters {
        let text = |name: &str| inline(parameter[name].as_str().unwrap_or_default());
        let needed = if parameter["required"] == true { " (needed)" } else { "" };
        put!(
            body,
            "<tr><th scope=\"row\"><code>{}</code>{needed}</th>\
             <td>{}</td><td>{}</td><td>{}</td></tr>\n",
            text("name"),
            text("in"),
            link(&parameter["schema"]),
            text("description"),
        );
    }
    body.push_str("</tbody>\n</table></div>\n");
}

fn contents(body: &mut String, title: &str, contents: &Value) {
    let Some(contents) = contents.as_object().filter(|contents| !contents.is_empty()) else {
        return;
    };
    put!(body, "<h4>{title}</h4>\n<ul>\n");
    for (media_type, content) in contents {
        let shape = link(&content["schema"]);
        put!(body, "<li><code>{}</code>: {shape}</li>", escape(media_type));
    }
    body.push_str("</ul>\n");
}

fn anchor(tag: &str) -> String {
    tag.to_ascii_lowercase().replace(' ', "-")
}

/// A text as HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A text with `code` and **weight** as HTML.
fn inline(text: &str) -> String {
    let marked = |text: &str, mark: &str, name: &str| {
        let mut html = String::new();
        for (index, part) in text.split(mark).enumerate() {
            match index % 2 {
                0 => html.push_str(part),
                _ => put!(html, "<{name}>{part}</{name}>"),
            }
        }
        html
    };
    marked(&marked(&escape(text), "`", "code"), "**", "strong")
}

/// Paragraphs as HTML.
fn prose(text: &str) -> String {
    text.split("\n\n").map(|paragraph| format!("<p>{}</p>\n", inline(paragraph))).collect()
}
