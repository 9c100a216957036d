"""Web chat: the widget's protocol and the channel behind it, without a socket."""
