//! An endless page in a hidden iframe, one script for one frame.

use super::receive::Format;

pub(super) const CONTENT_TYPE: &str = "text/html; charset=UTF-8";

/// How long the page's beginning is without the callback: some browsers show nothing before 1 KiB.
const PRELUDE: usize = 1023;

/// The page that calls `callback` of its parent.
pub(super) fn format(callback: &str) -> Format {
    let head = format!(
        r#"<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.{callback};
    c.start();
    function p(d) {{c.message(d);}};
    window.onload = function() {{c.stop();}};
  </script>"#
    );
    let length = PRELUDE + callback.len();
    Format::new(script).with_prelude(format!("{head:length$}\r\n\r\n"))
}

/// A frame as a script. A message may hold `</script>`, which would end this one and begin
/// another that its author wrote: no `<` leaves unescaped.
fn script(frame: &str) -> String {
    let text = serde_json::Value::from(frame).to_string().replace('<', "\\u003c");
    format!("<script>\np({text});\n</script>\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_can_end_the_script() {
        assert_eq!(script(r#"a["x"]"#), "<script>\np(\"a[\\\"x\\\"]\");\n</script>\r\n");
        let script = script(r#"a["</script><script>alert(1)"]"#);
        assert_eq!(script.matches('<').count(), 2, "{script}");
    }
}
