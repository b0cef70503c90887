//! Paths of schema files as URLs, and back: what a `$ref` leads to is told by URLs.
//!
//! A relative path hangs below a row of folders without names, so that `../other.json` is a URL too.

use std::path::{Component, Path, PathBuf};

use url::Url;

/// Stands for the working directory's ancestors.
const ABOVE: &str = "above";

/// How many of them a relative path may climb.
const ANCESTORS: usize = 64;

/// The URL of a file.
pub(super) fn url_of(path: &Path) -> Option<Url> {
    let mut url = Url::parse(if path.is_absolute() { "schema://absolute/" } else { "schema://relative/" }).ok()?;
    let mut segments: Vec<String> = Vec::new();
    if path.is_relative() {
        segments.resize(ANCESTORS, ABOVE.to_owned());
    }
    for component in path.components() {
        match component {
            Component::ParentDir => drop(segments.pop()?),
            Component::CurDir | Component::RootDir => {}
            Component::Prefix(prefix) => segments.push(prefix.as_os_str().to_str()?.to_owned()),
            Component::Normal(name) => segments.push(name.to_str()?.to_owned()),
        }
    }
    url.path_segments_mut().ok()?.clear().extend(segments);
    Some(url)
}

/// The file of a URL; `None` where it is none of ours.
pub(super) fn path_of(url: &Url) -> Option<PathBuf> {
    let decode = |segment: &str| percent_encoding::percent_decode_str(segment).decode_utf8().map(String::from).ok();
    let segments: Vec<String> = url.path_segments()?.map(decode).collect::<Option<_>>()?;
    match (url.scheme(), url.host_str()?) {
        ("schema", "absolute") if cfg!(windows) => Some(PathBuf::from(segments.join("\\"))),
        ("schema", "absolute") => Some(PathBuf::from(format!("/{}", segments.join("/")))),
        ("schema", "relative") => {
            let above = segments.iter().take(ANCESTORS).take_while(|segment| *segment == ABOVE).count();
            let climbed = std::iter::repeat_n("..", ANCESTORS - above);
            // A path that begins at the root is no file beside the schema.
            (above > 0).then(|| climbed.chain(segments[above..].iter().map(String::as_str)).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reference_leads_to_is_a_path_beside_the_schema() {
        let follow = |from: &str, reference: &str| {
            let url = url_of(Path::new(from)).expect("a URL").join(reference).expect("a URL");
            path_of(&url).map(|path| path.display().to_string().replace('\\', "/"))
        };
        let rows = [
            ("schemas/model.json", "common.json", Some("schemas/common.json")),
            ("schemas/model.json", "../a b/c.json", Some("a b/c.json")),
            ("model.json", "../../c.json", Some("../../c.json")),
            ("../x/model.json", "c.json", Some("../x/c.json")),
            ("model.json", "/etc/c.json", None),
            ("model.json", "https://example.com/c.json", None),
            ("model.json", "file:///etc/c.json", None),
        ];
        for (from, reference, expected) in rows {
            assert_eq!(follow(from, reference).as_deref(), expected, "{from} {reference}");
        }
        #[cfg(unix)]
        assert_eq!(follow("/a/b/model.json", "../c.json").as_deref(), Some("/a/c.json"));
    }
}
