"""What outlives a session: the workspace folder, the metadata (SQLite by default, PostgreSQL by URL) and the secrets.

    store = Store.open(home)
    store.projects / tables / versions / jobs / connections / settings   one small repository each
    store.secrets                                                        the keyring, or an encrypted file
    store.workspace                                                      folders

Every repository takes and gives the models of `core.models`; no row of a database leaves this room.
"""

from core.store.store import Store
from core.store.workspace import Workspace, default_home

__all__ = ["Store", "Workspace", "default_home"]
