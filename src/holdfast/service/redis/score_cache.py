"""Answers of models that several processes share: records that were scored a while ago are not scored again.

An entry is found by a keyed hash of the request and of all that its answer follows from: the run, the settings, the
version, who was erased. So a new run or an erasure makes every earlier entry unreachable at once. An entry is signed
with the project's own key: what was tampered with, torn or moved is no answer. Nothing is kept here alone.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import ref

from holdfast.errors import HoldfastError
from holdfast.service.redis.server import RedisServer
from holdfast.service.scores.warm import WarmScorer
from holdfast.store.erasure.tombstones import project_key, tombstones_version

if TYPE_CHECKING:
    from holdfast.service.scores.scorer import Scorer

LIFE_SECONDS = 3_600
_SIGNATURE_BYTES = 32
_FOUND_AT_ONCE = 1_000


@dataclass(frozen=True)
class _Entry:
    """Where an answer is kept, and the key that it is signed with."""

    name: str
    key: bytes

    def signed(self, content: bytes) -> bytes:
        """What is written: the signature and the answer."""
        return hmac.digest(self.key, self.name.encode() + b"\0" + content, "sha256") + content

    def content(self, written: bytes) -> bytes | None:
        """The answer; None: we did not write it, not under this name, or not all of it."""
        content = written[_SIGNATURE_BYTES:]
        return content if hmac.compare_digest(written, self.signed(content)) else None


class ScoreCache:
    """Answers to records in Redis, for the processes that serve one folder."""

    def __init__(self, server: RedisServer, scorer: WarmScorer) -> None:
        from redis.asyncio import Redis

        self._server, self._scorer = server, scorer
        self._redis = Redis(connection_pool=server.connections)
        # tenant -> the scorer, which other tenants' may replace; what it answers from; the key of its project
        self._loaded: dict[str, tuple[ref[Scorer], bytes, bytes]] = {}

    async def answer(self, tenant: str, request: bytes, score: Callable[[], Awaitable[bytes]]) -> bytes:
        """The answer from Redis, else the scorer's, which is kept: the same bytes.

        Args:
            tenant: whose models.
            request: all that the answer follows from beside the models.
            score: asks the models.
        """
        entry = await asyncio.to_thread(self._entry, tenant, request)
        if entry is None:
            return await score()
        written = await self._server.request(lambda: self._redis.get(entry.name))
        if isinstance(written, bytes) and (stored := entry.content(written)) is not None:
            return stored
        content = await score()
        if entry == await asyncio.to_thread(self._entry, tenant, request):  # no run and no erasure came in between
            await self._server.request(lambda: self._redis.set(entry.name, entry.signed(content), ex=LIFE_SECONDS))
        return content

    def _entry(self, tenant: str, request: bytes) -> _Entry | None:
        """Where the answer is kept; None: the models of the latest run are not loaded, or the folder is read-only."""
        scorer = self._scorer.loaded(tenant)
        if scorer is None:
            return None
        folder = scorer.project.folder
        loaded, basis, key = self._loaded.get(tenant, (None, b"", b""))
        if loaded is None or loaded() is not scorer:
            try:
                basis, key = _basis(scorer), project_key(folder)
            except (HoldfastError, OSError):
                return None
            self._loaded[tenant] = ref(scorer), basis, key
        inputs = (basis, tombstones_version(folder).encode(), request)
        hashed = hashlib.sha256(b"".join(len(each).to_bytes(8) + each for each in inputs)).digest()
        return _Entry(_prefix(key) + hmac.digest(key, hashed, "sha256").hex(), key)


def forget_scores(server: RedisServer, project: Path) -> int | None:
    """Delete what Redis holds of a project's answers; how many, None: it does not answer.

    Args:
        server: where they are.
        project: its folder.
    """
    from redis import Redis
    from redis.exceptions import RedisError
    from redis.retry import Retry

    pattern, deleted = _prefix(project_key(project)) + "*", 0
    try:
        with Redis.from_url(server.url, **server.options(Retry)) as redis:
            names: list[bytes] = []
            for name in redis.scan_iter(pattern, count=_FOUND_AT_ONCE):
                names.append(name)
                if len(names) == _FOUND_AT_ONCE:
                    deleted += redis.unlink(*names)
                    names = []
            return deleted + (redis.unlink(*names) if names else 0)
    except (RedisError, OSError):
        return None


def _basis(scorer: "Scorer") -> bytes:
    """What a scorer's answers follow from beside the request."""
    pseudonyms = "" if scorer.pseudonyms is None else scorer.pseudonyms.mark
    texts = (metadata.version("holdfast"), scorer.run.name, scorer.project.settings.model_dump_json(), pseudonyms)
    hashed = hashlib.sha256((scorer.run / "manifest.json").read_bytes())
    for text in texts:
        hashed.update(b"\0" + text.encode())
    return hashed.digest()


def _prefix(key: bytes) -> str:
    """What the names of all entries of a project begin with; it tells nothing of the project."""
    return f"holdfast:scores:{hmac.digest(key, b'scores', 'sha256').hex()[:32]}:"
