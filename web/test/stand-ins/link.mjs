import { createElement } from "react";

export default function Link({ href, scroll: _scroll, ...rest }) {
  return createElement("a", { href, ...rest });
}
