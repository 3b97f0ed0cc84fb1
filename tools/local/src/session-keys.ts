// The key pair of a local system whose sessions only auth can sign.

export { sessionKeyPair } from '@ticketing/common/testing/servers';
