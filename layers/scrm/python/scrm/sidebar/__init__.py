"""The chat sidebar 聊天侧边栏: who a member is talking to, and what they note about them."""
