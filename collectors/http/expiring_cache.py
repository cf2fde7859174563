"""A memory that neither grows nor stays for ever."""

import time
from typing import Generic, TypeVar

Value = TypeVar("Value")


class ExpiringCache(Generic[Value]):
    """The last ``size`` values by name, each for ``seconds``."""

    def __init__(self, size: int, seconds: float) -> None:
        self._size, self._seconds = size, seconds
        self._values: dict[str, tuple[float, Value]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._values and time.monotonic() < self._values[name][0]

    def __getitem__(self, name: str) -> Value:
        return self._values[name][1]

    def __setitem__(self, name: str, value: Value) -> None:
        self._values.pop(name, None)
        self._values[name] = (time.monotonic() + self._seconds, value)
        if len(self._values) > self._size:
            del self._values[next(iter(self._values))]
