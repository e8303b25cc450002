"""Sixty texts that would run as a script, or break a page, if a page took text of records for its own."""

_CALL = "window.hurt=1"
_TAGS = (
    f"<script>{_CALL}</script>",
    f"<SCRIPT>{_CALL}</SCRIPT>",
    f"<script\t>{_CALL}</script\t>",
    f"<scr<script>ipt>{_CALL}</scr</script>ipt>",
    f"</script><script>{_CALL}</script>",
    f"</title><script>{_CALL}</script>",
    f"</textarea><script>{_CALL}</script>",
    f"</style><script>{_CALL}</script>",
    f"--><script>{_CALL}</script>",
    f"]]><script>{_CALL}</script>",
    f"\x01<script>{_CALL}</script>",
    f"<script src=data:,{_CALL}></script>",
    f"<script type=module>{_CALL}</script>",
    f"<noscript><p title='</noscript><img src=x onerror={_CALL}>'>",
    f"<template><script>{_CALL}</script></template>",
)
_HANDLERS = (
    f"<img src=x onerror={_CALL}>",
    f"<img src=x onerror='{_CALL}'//",
    f"<IMG SRC=x ONERROR={_CALL}>",
    f"<img/src/onerror={_CALL}>",
    f"<svg/onload={_CALL}>",
    f"<svg><animate onbegin={_CALL} attributeName=x dur=1s>",
    f"<svg><script>{_CALL}</script></svg>",
    f"<body onload={_CALL}>",
    f"<input autofocus onfocus={_CALL}>",
    f"<select autofocus onfocus={_CALL}>",
    f"<textarea autofocus onfocus={_CALL}>",
    f"<video><source onerror={_CALL}></video>",
    f"<audio src=x onerror={_CALL}>",
    f"<details open ontoggle={_CALL}>",
    f"<marquee onstart={_CALL}>",
    f"<object data=x onerror={_CALL}>",
    f"<div style=animation-name:x onanimationstart={_CALL}>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={_CALL}>",
)
_ADDRESSES = (
    f"javascript:{_CALL}",
    f"JaVaScRiPt:{_CALL}",
    f"java\tscript:{_CALL}",
    f"<a href=javascript:{_CALL}>x</a>",
    f"<iframe src=javascript:top.{_CALL}></iframe>",
    "'\"><iframe srcdoc='<script>top.hurt=1</script>'>",
    f"<form action=javascript:{_CALL}><button autofocus>x</button></form>",
    "<base href=//example.com/>",
    "<meta http-equiv=refresh content=0;url=//example.com>",
    "<link rel=stylesheet href=//example.com/a.css>",
    "data:text/html,<script>top.hurt=1</script>",
    "//example.com/%0a",
)
_TEMPLATES = (
    f"{{{{constructor.constructor('{_CALL}')()}}}}",
    f"${{{_CALL}}}",
    f"#{{{_CALL}}}",
    f"<%= {_CALL} %>",
    f"`;{_CALL};`",
    f"');{_CALL};//",
    f'"}}];{_CALL};//',
    f"&lt;script&gt;{_CALL}&lt;/script&gt;",
    f"&#60;script&#62;{_CALL}&#60;/script&#62;",
    f"\\u003cscript\\u003e{_CALL}\\u003c/script\\u003e",
)
_ODD = (
    "\u202eevil <b>bold</b>",
    "x" * 250,
    "مرحبا بوקר 🧡 עולם",
    '=HYPERLINK("//example.com")',
    "%s%n%00%2e%2e%2f",
)
PAYLOADS = tuple(f"{text} {at}" for at, text in enumerate(_TAGS + _HANDLERS + _ADDRESSES + _TEMPLATES + _ODD))
