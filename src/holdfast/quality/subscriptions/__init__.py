"""Tables of subscriptions turned into movements: dated changes of who subscribes and of what is paid a month."""
