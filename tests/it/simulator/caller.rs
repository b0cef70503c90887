//! A caller of a simulator without a socket: the only place where the tests build requests.

use axum::body::{Body, to_bytes};
use axum::http::request::Builder;
use axum::http::{Request, Response, header};
use callsheet::simulator::{Options, Reply, Simulator, World};
use serde_json::{Value, json};

/// The path of the token call.
pub const TOKEN_PATH: &str = "/auth/realms/master/protocol/openid-connect/token";

const BOUNDARY: &str = "part-of-a-test";

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub retry_after: Option<String>,
}

impl Answer {
    /// The body of a call that must have worked.
    #[track_caller]
    pub fn passed(self) -> Value {
        assert!(matches!(self.status, 200 | 202), "the call was refused: {self:?}");
        self.body
    }

    /// Checks status and message of a refusal by the platform.
    #[track_caller]
    pub fn refused(self, status: u16, message: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.body, json!({ "msg": message, "code": status }));
    }
}

/// Someone who calls a simulator, with a token once logged in.
pub struct Caller {
    pub simulator: Simulator,
    token: Option<String>,
    /// The scheme and the host under which it knows the simulator.
    address: (&'static str, &'static str),
}

impl Caller {
    /// A caller of a new simulator who has logged in as its main user.
    pub async fn logged_in(options: Options) -> Self {
        Self::logged_in_to(options, World::built_in()).await
    }

    /// A caller of a new simulator of this world, logged in as the world's main user.
    pub async fn logged_in_to(options: Options, world: World) -> Self {
        let mut caller = Self::without_token(options, world);
        let user = caller.simulator.credentials().user.clone();
        let tokens = caller.log_in(&user.name, &user.password).await.passed();
        caller.use_token(&tokens);
        caller
    }

    /// A caller of a new simulator without a token.
    pub fn stranger(options: Options) -> Self {
        Self::without_token(options, World::built_in())
    }

    /// A caller of a new simulator of this world, without a token.
    pub fn without_token(options: Options, world: World) -> Self {
        Self {
            simulator: Simulator::with_world(options, world),
            token: None,
            address: ("http", "platform.example.com"),
        }
    }

    /// From now on the simulator is reached by HTTPS under this name.
    pub fn reach_at(&mut self, host: &'static str) {
        self.address = ("https", host);
    }

    /// Uses the access token of an answer from now on.
    pub fn use_token(&mut self, tokens: &Value) {
        self.token = Some(tokens["access_token"].as_str().expect("a token answer has an access token").to_owned());
    }

    /// The password grant.
    pub async fn log_in(&self, name: &str, password: &str) -> Answer {
        let form = [("grant_type", "password"), ("username", name), ("password", password)];
        self.token_call(&form).await
    }

    /// A token call by the confidential client.
    pub async fn token_call(&self, form: &[(&str, &str)]) -> Answer {
        let client = &self.simulator.credentials().client;
        let mut fields = form.to_vec();
        fields.extend([("client_id", client.id.as_str()), ("client_secret", client.secret.as_str())]);
        self.form(TOKEN_PATH, &fields).await
    }

    /// A form, without a token.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request =
            self.request_without_token(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(built(request, Body::from(body))).await
    }

    /// A platform call with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        let request = self.request(path).header(header::CONTENT_TYPE, "application/json");
        self.send(built(request, Body::from(body.to_string()))).await
    }

    /// A platform call with this body and no content type.
    pub async fn post_bare(&self, path: &str, body: &'static str) -> Answer {
        self.send(built(self.request(path), Body::from(body))).await
    }

    /// A platform call that works, and its answer.
    pub async fn ask(&self, path: &str, body: Value) -> Value {
        self.post(path, body).await.passed()
    }

    /// A GET without a token.
    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).expect("the test's path is valid");
        self.send(request).await
    }

    /// Uploads a file as the tutorial does: metadata and file as parts of a form.
    pub async fn upload(&self, name: &str, workspace_id: i64, framework: &str, file: &[u8]) -> Answer {
        let metadata = json!({
            "name": name,
            "visibility": "public",
            "workspace_id": workspace_id,
            "conversion": { "framework": framework, "python_version": "3.8", "requirements": [] },
        });
        let parts =
            [Part::json("metadata", &metadata), Part::file("file", name, Some("application/octet-stream"), file)];
        self.multipart("/v1/api/models/upload_and_convert", &parts).await
    }

    /// Posts a multipart form.
    pub async fn multipart(&self, path: &str, parts: &[Part]) -> Answer {
        let mut body = Vec::new();
        for part in parts {
            body.extend_from_slice(format!("--{BOUNDARY}\r\n{}\r\n", part.headers).as_bytes());
            body.extend_from_slice(&part.content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let request =
            self.request(path).header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
        self.send(built(request, Body::from(body))).await
    }

    /// Posts raw bytes.
    pub async fn post_bytes(&self, path: &str, bytes: &[u8]) -> Answer {
        let request = self.request(path).header(header::CONTENT_TYPE, "application/octet-stream");
        self.send(built(request, Body::from(bytes.to_vec()))).await
    }

    /// Makes a workspace, a model out of the file, and a pipeline of it that runs; returns the inference path.
    pub async fn deploy_model(&self, name: &str, file: &[u8]) -> String {
        let workspace = self.ask("/v1/api/workspaces/create", json!({ "workspace_name": name })).await["workspace_id"]
            .as_i64()
            .expect("a workspace id is a number");
        self.upload(name, workspace, "onnx", file).await.passed();
        let versions = self.ask("/v1/api/models/list_versions", json!({ "model_id": name })).await;
        let model = json!({ "name": name, "version": versions[0]["model_version"], "sha": versions[0]["sha"] });
        let pipeline = self
            .ask(
                "/v1/api/pipelines/create",
                json!({
                    "pipeline_id": name,
                    "workspace_id": workspace,
                    "definition": { "steps": [{ "ModelInference": { "models": [model] } }] },
                }),
            )
            .await;
        let deployment = self
            .ask(
                "/v1/api/pipelines/deploy",
                json!({
                    "deploy_id": name,
                    "pipeline_id": pipeline["pipeline_pk_id"],
                    "pipeline_version_pk_id": pipeline["pipeline_variant_pk_id"],
                    "models": [model],
                }),
            )
            .await;
        format!("/v1/api/pipelines/infer/{name}-{}/{name}", deployment["id"])
    }

    /// A platform call that is still to get its headers and its body.
    pub fn request(&self, path: &str) -> Builder {
        let request = self.request_without_token(path);
        match &self.token {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        }
    }

    fn request_without_token(&self, path: &str) -> Builder {
        let (scheme, host) = self.address;
        Request::post(path).header(header::HOST, host).header("x-forwarded-proto", scheme)
    }

    /// Sends a request and reads its answer; a body that is not JSON comes as a string.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        match self.simulator.call(request).await {
            Reply::Answer(response) => read(response).await,
            other => panic!("the call was not answered: {other:?}"),
        }
    }

    /// A platform call with a JSON body that a fault may strike.
    pub async fn try_post(&self, path: &str, body: Value) -> Reply {
        let request = self.request(path).header(header::CONTENT_TYPE, "application/json");
        self.simulator.call(built(request, Body::from(body.to_string()))).await
    }

    /// What `GET /_simulator/log` says.
    pub async fn log(&self) -> Vec<Value> {
        match self.get("/_simulator/log").await.passed() {
            Value::Array(entries) => entries,
            other => panic!("the log is an array, found {other}"),
        }
    }
}

async fn read(response: Response<Body>) -> Answer {
    let retry_after = response.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.map(|value| value.to_str().expect("it is text").to_owned());
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("an answer in memory can be read");
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into());
    Answer { status, body, retry_after }
}

fn built(request: Builder, body: Body) -> Request<Body> {
    request.body(body).expect("the test's request is valid")
}

/// A part of a form.
pub struct Part {
    headers: String,
    content: Vec<u8>,
}

impl Part {
    /// A JSON part.
    pub fn json(name: &str, content: &Value) -> Self {
        Self {
            headers: format!("Content-Disposition: form-data; name=\"{name}\"\r\nContent-Type: application/json\r\n"),
            content: content.to_string().into_bytes(),
        }
    }

    /// A text field.
    pub fn text(name: &str, content: &str) -> Self {
        Self {
            headers: format!("Content-Disposition: form-data; name=\"{name}\"\r\n"),
            content: content.as_bytes().to_vec(),
        }
    }

    /// A file.
    pub fn file(name: &str, file_name: &str, content_type: Option<&str>, content: &[u8]) -> Self {
        let content_type = content_type.map_or_else(String::new, |kind| format!("Content-Type: {kind}\r\n"));
        Self {
            headers: format!(
                "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n{content_type}"
            ),
            content: content.to_vec(),
        }
    }
}
