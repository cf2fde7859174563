"""Whether a visitor of the browser app is still there."""

from collections.abc import Callable

from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx


def watch_visitor() -> Callable[[], bool]:
    """Return what tells, in any thread, whether the visitor for whom this script runs has left."""
    context = get_script_run_ctx()
    if context is None:  # Nobody looks: the page is run by itself.
        return bool
    runtime, session = get_instance(), context.session_id
    return lambda: not runtime.is_active_session(session)
