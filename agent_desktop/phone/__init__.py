"""The softphone, a process without a screen: SIP user agent, media, devices and the call table."""
