export const channelOf = (namespace: string, type: string) => `${namespace}.${type}`;
