"""The menus, and what their entries do."""
