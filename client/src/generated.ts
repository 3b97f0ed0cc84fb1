// Made from docs/api/openapi.json by `npm run docs:api`. Do not edit.

export interface paths {
    readonly "/api/users/signup": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Creates an account and signs its owner in.
         * @description Needs no session. The session that begins is a cookie, or with `token: true` in the body the `token` of the answer.
         *
         *     Refusals:
         *
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 409 `email-in-use`: An account with this e-mail address exists.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["signUp"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/signin": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Signs a user in.
         * @description Needs no session. The session that begins is a cookie, or with `token: true` in the body the `token` of the answer.
         *
         *     Refusals:
         *
         *     - 401 `invalid-credentials`: The e-mail address or the password is wrong.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 403 `account-blocked`: This account is blocked. Contact support.
         *     - 403 `email-not-verified`: This e-mail address is not verified. Open the link in the mail that was sent to it.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 409 `too-many-sessions`: This account has too many sessions. Try again later.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         *     - 429 `too-many-attempts`: Too many failed sign-ins. Try again later.
         */
        readonly post: operations["signIn"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/signout": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Ends the session in every service.
         * @description A session is optional.
         *
         *     Refusals:
         *
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["signOut"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/currentuser": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows the signed-in user, or null.
         * @description A session is optional.
         *
         *     Refusals:
         *
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showCurrentUser"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/sessions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Lists the user’s open sessions, newest first.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["listSessions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/sessions/{sessionId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Ends one of the user’s sessions in every service. Repeating the request is harmless.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 404 `not-found`: This does not exist.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly delete: operations["revokeSession"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/password": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Sets a new password and ends every earlier session. The answer begins a new session.
         * @description Needs a session. The session that begins is a cookie, or with `token: true` in the body the `token` of the answer.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 403 `wrong-password`: The password is wrong.
         *     - 403 `account-blocked`: This account is blocked. Contact support.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 409 `too-many-sessions`: This account has too many sessions. Try again later.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         *     - 429 `too-many-attempts`: Too many failed sign-ins. Try again later.
         */
        readonly post: operations["changePassword"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/password-resets": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Sends a link that resets the password, if the address has an account. The answer does not say so.
         * @description Needs no session.
         *
         *     Refusals:
         *
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         *     - 429 `too-many-mails`: Too many mails were asked for. Try again later.
         */
        readonly post: operations["requestPasswordReset"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/password-resets/confirm": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Sets a new password by the token of a link, and ends every session.
         * @description Needs no session.
         *
         *     Refusals:
         *
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 403 `account-blocked`: This account is blocked. Contact support.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 410 `link-invalid`: This link has been used, has expired or is incomplete. Ask for a new one.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["resetPassword"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/email-verifications": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Sends another link that verifies the e-mail address. A verified address gets none.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         *     - 429 `too-many-mails`: Too many mails were asked for. Try again later.
         */
        readonly post: operations["requestEmailVerification"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/email-verifications/confirm": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Verifies an e-mail address by the token of the link that was sent there.
         * @description Needs no session.
         *
         *     Refusals:
         *
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 410 `link-invalid`: This link has been used, has expired or is incomplete. Ask for a new one.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["verifyEmail"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/email-changes": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Sends a link to the old and to the new e-mail address. Opening both changes the address.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 403 `wrong-password`: The password is wrong.
         *     - 403 `account-blocked`: This account is blocked. Contact support.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         *     - 429 `too-many-attempts`: Too many failed sign-ins. Try again later.
         *     - 429 `too-many-mails`: Too many mails were asked for. Try again later.
         */
        readonly post: operations["requestEmailChange"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/email-changes/confirm": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Confirms a change of the e-mail address by the token of one of its two links.
         * @description Needs no session.
         *
         *     Refusals:
         *
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 403 `account-blocked`: This account is blocked. Contact support.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 409 `email-in-use`: An account with this e-mail address exists.
         *     - 410 `link-invalid`: This link has been used, has expired or is incomplete. Ask for a new one.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["confirmEmailChange"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/profile": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows the user’s profile.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showProfile"];
        /**
         * Replaces the user’s name, language and time zone. A field that is left out is removed.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 404 `not-found`: This does not exist.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly put: operations["changeProfile"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/export": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Exports everything that is stored about the user.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["exportAccount"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Deletes the user’s account, cancels its open orders and withdraws its tickets.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 403 `wrong-password`: The password is wrong.
         *     - 403 `account-blocked`: This account is blocked. Contact support.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 409 `has-paid-tickets`: This account has paid tickets, which are lost with it. Confirm that with acceptLossOfTickets.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         *     - 429 `too-many-attempts`: Too many failed sign-ins. Try again later.
         */
        readonly delete: operations["deleteAccount"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/office/find": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Shows operators what auth stores under an id or an e-mail address.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["findInAuth"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/office/history/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows operators the changes of something that auth owns, oldest first.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 404 `not-found`: This does not exist.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showHistoryInAuth"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/users/office/overview": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows operators what is stuck in auth, its dead letters and its lag.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showOverviewOfAuth"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/tickets": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Finds tickets for sale. A page may be short or empty before the last one: follow the Link.
         * @description A session is optional.
         *
         *     Refusals:
         *
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["listTickets"];
        readonly put?: never;
        /**
         * Lists a ticket for sale.
         * @description Needs a session. With an `Idempotency-Key` it takes effect once, and a repeat gets the stored response. The `ETag` of the answer is the version.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 409 `request-in-flight`: The first request with this key has not been answered yet.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 422 `idempotency-key-reused`: Another request has used this key.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["createTicket"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/tickets/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows up to 50 tickets, and then each of them that changes.
         * @description Needs no session. The answer is a stream of Server-Sent Events without an end.
         *
         *     Refusals:
         *
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         *     - 429 `too-many-streams`: You or your network have too many open streams. Close some, or load again from time to time.
         */
        readonly get: operations["watchTickets"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/tickets/{ticketId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows one ticket.
         * @description Needs no session. With `If-None-Match` it answers 304 while the version is the same.
         *
         *     Refusals:
         *
         *     - 404 `not-found`: This does not exist.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showTicket"];
        /**
         * Replaces title, price, event and quantity of a ticket while a place is free. An omitted event is removed; an omitted currency or quantity stays. The quantity alone may always be raised.
         * @description Needs a session. The `ETag` of the answer is the version.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 403 `not-your-ticket`: Only the seller may change this ticket.
         *     - 404 `not-found`: This does not exist.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 409 `quantity-too-low`: Buyers have reserved or bought more places. The lowest quantity is in this error.
         *     - 409 `ticket-reserved`: A buyer has reserved this ticket.
         *     - 409 `ticket-sold`: This ticket is sold.
         *     - 409 `ticket-withdrawn`: This ticket is no longer for sale.
         *     - 409 `version-conflict`: This ticket has changed since you loaded it.
         *     - 412 `precondition-failed`: This has changed since you loaded it. Load it again.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly put: operations["updateTicket"];
        readonly post?: never;
        /**
         * Withdraws a ticket permanently: one of one place while no order holds it, one of many places at any time. Repeating the request is harmless.
         * @description Needs a session. The `ETag` of the answer is the version.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 403 `not-your-ticket`: Only the seller may change this ticket.
         *     - 404 `not-found`: This does not exist.
         *     - 409 `ticket-reserved`: A buyer has reserved this ticket.
         *     - 409 `ticket-sold`: This ticket is sold.
         *     - 412 `precondition-failed`: This has changed since you loaded it. Load it again.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly delete: operations["withdrawTicket"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/tickets/office/find": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Shows operators what tickets stores under an id or an e-mail address.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["findInTickets"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/tickets/office/history/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows operators the changes of something that tickets owns, oldest first.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 404 `not-found`: This does not exist.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showHistoryInTickets"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/tickets/office/overview": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows operators what is stuck in tickets, its dead letters and its lag.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showOverviewOfTickets"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/orders": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Lists the user’s own orders, newest first, one page at a time.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["listOrders"];
        readonly put?: never;
        /**
         * Reserves places for their buyer until the window closes. Free ones are bought at once.
         * @description Needs a session. With an `Idempotency-Key` it takes effect once, and a repeat gets the stored response. The `ETag` of the answer is the version.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 404 `not-found`: This does not exist.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 409 `request-in-flight`: The first request with this key has not been answered yet.
         *     - 409 `own-ticket`: You cannot buy a ticket that you sell.
         *     - 409 `several-currencies`: The tickets of one order must have one currency.
         *     - 409 `several-sellers`: The tickets of one order must have one seller.
         *     - 409 `ticket-changed`: The seller has changed this ticket since you loaded it. The current offer is in this error.
         *     - 409 `ticket-reserved`: Other buyers have reserved this ticket, or too many of its places.
         *     - 409 `ticket-sold`: This ticket is sold, or has fewer unsold places than you ask for.
         *     - 409 `ticket-withdrawn`: This ticket is no longer for sale.
         *     - 409 `too-many-holds`: You have reached the limit of unpaid and free places of this seller. Pay for some or cancel some first.
         *     - 409 `total-too-high`: One payment cannot be so high. Order fewer places.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 422 `idempotency-key-reused`: Another request has used this key.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         *     - 429 `ticket-cool-down`: You have given up this ticket several times. Wait for the seconds in Retry-After, or choose another one.
         *     - 429 `too-many-holds-at-network`: The buyers at your network have reached the limit of unpaid places. Pay for some, or try again later.
         *     - 503 `ticket-version-unknown`: The latest change of this ticket has not arrived here yet. Try again.
         */
        readonly post: operations["placeOrder"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/orders/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows the user’s newest 100 orders, and then each order that is new or changes.
         * @description Needs a session. The answer is a stream of Server-Sent Events without an end.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         *     - 429 `too-many-streams`: You or your network have too many open streams. Close some, or load again from time to time.
         */
        readonly get: operations["watchOrders"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/orders/sales": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Lists the sales of the user’s own tickets, newest first, one page at a time.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["listSales"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/orders/{orderId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows one of the user’s orders.
         * @description Needs a session. With `If-None-Match` it answers 304 while the version is the same.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-your-order`: This order belongs to another user.
         *     - 404 `not-found`: This does not exist.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showOrder"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Cancels an unpaid or free order and releases its ticket.
         * @description Needs a session. The `ETag` of the answer is the version.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 403 `not-your-order`: This order belongs to another user.
         *     - 404 `not-found`: This does not exist.
         *     - 409 `order-complete`: A paid order cannot be cancelled.
         *     - 412 `precondition-failed`: This has changed since you loaded it. Load it again.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly delete: operations["cancelOrder"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/orders/{orderId}/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows one of the user’s orders, and then each change of it.
         * @description Needs a session. The answer is a stream of Server-Sent Events without an end.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-your-order`: This order belongs to another user.
         *     - 404 `not-found`: This does not exist.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         *     - 429 `too-many-streams`: You or your network have too many open streams. Close some, or load again from time to time.
         */
        readonly get: operations["watchOrder"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/orders/office/releases/{orderId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * An operator cancels an unpaid or free order. Repeating the request is harmless.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 404 `not-found`: This does not exist.
         *     - 409 `order-complete`: A paid order cannot be cancelled.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["releaseOrder"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/orders/office/find": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Shows operators what orders stores under an id or an e-mail address.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["findInOrders"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/orders/office/history/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows operators the changes of something that orders owns, oldest first.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 404 `not-found`: This does not exist.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showHistoryInOrders"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/orders/office/overview": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows operators what is stuck in orders, its dead letters and its lag.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showOverviewOfOrders"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/payments/webhook": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Receives the events of Stripe.
         * @description Needs no session.
         *
         *     Refusals:
         *
         *     - 400 `invalid-signature`: The signature does not match the body.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 404 `not-found`: This does not exist.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["receiveWebhook"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/payments": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Charges the buyer of an order.
         * @description Needs a session. With an `Idempotency-Key` it takes effect once, and a repeat gets the stored response. The `ETag` of the answer is the version.
         *
         *     Refusals:
         *
         *     - 400 `invalid-token`: The card network does not know this token.
         *     - 400 `amount-refused`: The card network refuses this amount.
         *     - 401 `not-signed-in`: Sign in first.
         *     - 402 `card-declined`: The card was declined. Try again or use another card.
         *     - 402 `card-needs-authentication`: The bank must approve payments with this card. Use another card.
         *     - 402 `authentication-failed`: The bank did not approve the payment. Try again or use another card.
         *     - 402 `payment-cancelled`: The card network cancelled the payment. Try again.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 403 `not-your-order`: This order belongs to another user.
         *     - 404 `not-found`: This does not exist.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 409 `request-in-flight`: The first request with this key has not been answered yet.
         *     - 409 `nothing-to-pay`: The ticket is free, so there is nothing to pay.
         *     - 409 `order-cancelled`: The order is cancelled.
         *     - 409 `order-expired`: The time to pay is over.
         *     - 409 `payment-attempts-exhausted`: There were too many attempts to pay this order.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 422 `idempotency-key-reused`: Another request has used this key.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         *     - 429 `too-many-declines`: Too many cards were declined. Try again later.
         */
        readonly post: operations["payOrder"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/payments/{orderId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows a payment to its buyer and to the seller of the ticket.
         * @description Needs a session. With `If-None-Match` it answers 304 while the version is the same.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-your-order`: This order belongs to another user.
         *     - 404 `not-found`: This does not exist.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showPayment"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/payments/{orderId}/refunds": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Refunds a payment, or a part of it, to the buyer.
         * @description Needs a session. With an `Idempotency-Key` it takes effect once, and a repeat gets the stored response.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 403 `not-your-sale`: Only the seller of this ticket can refund it.
         *     - 404 `not-found`: This does not exist.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 409 `request-in-flight`: The first request with this key has not been answered yet.
         *     - 409 `order-not-paid`: The order is not paid, so there is nothing to refund.
         *     - 409 `refund-too-large`: The refund is more than what is left of the payment.
         *     - 409 `unknown-place`: The order has no such place, or was placed before places were known. Refund an amount then.
         *     - 409 `place-refunded`: Another refund returns the price of this place.
         *     - 409 `nothing-to-refund`: These places are free, so there is nothing to refund.
         *     - 409 `too-many-refunds`: The payment has too many refunds. Refund all that is left.
         *     - 409 `payment-disputed`: The buyer has disputed the payment with their bank.
         *     - 409 `refund-failed`: The card network refused the refund.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 422 `idempotency-key-reused`: Another request has used this key.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["refundPayment"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/payments/office/refunds/{orderId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * An operator refunds a payment, or a part of it, to the buyer.
         * @description Needs the session of an operator. With an `Idempotency-Key` it takes effect once, and a repeat gets the stored response.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 404 `not-found`: This does not exist.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 409 `request-in-flight`: The first request with this key has not been answered yet.
         *     - 409 `order-not-paid`: The order is not paid, so there is nothing to refund.
         *     - 409 `refund-too-large`: The refund is more than what is left of the payment.
         *     - 409 `unknown-place`: The order has no such place, or was placed before places were known. Refund an amount then.
         *     - 409 `place-refunded`: Another refund returns the price of this place.
         *     - 409 `nothing-to-refund`: These places are free, so there is nothing to refund.
         *     - 409 `too-many-refunds`: The payment has too many refunds. Refund all that is left.
         *     - 409 `payment-disputed`: The buyer has disputed the payment with their bank.
         *     - 409 `refund-failed`: The card network refused the refund.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 422 `idempotency-key-reused`: Another request has used this key.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["refundByOperator"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/payments/office/find": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Shows operators what payments stores under an id or an e-mail address.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["findInPayments"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/payments/office/history/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows operators the changes of something that payments owns, oldest first.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 404 `not-found`: This does not exist.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showHistoryInPayments"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/payments/office/overview": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows operators what is stuck in payments, its dead letters and its lag.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showOverviewOfPayments"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/notifications": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Lists the user’s notifications, newest first, one page at a time.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["listNotifications"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/notifications/read": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Marks some of the user’s notifications as read, or all up to one.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["markNotificationsRead"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/notifications/preferences": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows which mails the user gets. Mails about money or the account cannot be turned off.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showNotificationPreferences"];
        /**
         * Sets which mails the user gets.
         * @description Needs a session.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly put: operations["setNotificationPreferences"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/notifications/unsubscribe/{token}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Turns off the mails that the token of their link names. No session is needed; a repeat is harmless.
         * @description Needs no session.
         *
         *     Refusals:
         *
         *     - 400 `link-invalid`: This link is not valid. Sign in to choose which mails you get.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 404 `not-found`: This does not exist.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["unsubscribe"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/notifications/office/find": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Shows operators what notifications stores under an id or an e-mail address.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 403 `cross-origin`: Only pages of this site may send this request.
         *     - 408 `request-timeout`: The body did not arrive in time. Send it again, faster.
         *     - 413 `body-too-large`: The body may have at most 100 kB, that of a webhook 256 kB.
         *     - 415 `unsupported-media-type`: Send JSON with Content-Type: application/json.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly post: operations["findInNotifications"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/notifications/office/history/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows operators the changes of something that notifications owns, oldest first.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 404 `not-found`: This does not exist.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showHistoryInNotifications"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/notifications/office/overview": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Shows operators what is stuck in notifications, its dead letters and its lag.
         * @description Needs the session of an operator.
         *
         *     Refusals:
         *
         *     - 401 `not-signed-in`: Sign in first.
         *     - 403 `not-an-operator`: Only operators may do this.
         *     - 429 `too-many-requests`: Too many requests. Try again later.
         */
        readonly get: operations["showOverviewOfNotifications"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly AccountExport: {
            readonly account: {
                readonly id: string;
                readonly email: string;
                /**
                 * Format: date-time
                 * @example 2026-06-01T12:00:00.000Z
                 */
                readonly createdAt: string;
                /**
                 * Format: date-time
                 * @example 2026-06-01T12:00:00.000Z
                 */
                readonly passwordChangedAt?: string;
                /** @constant */
                readonly role?: "operator";
            };
            readonly profile: components["schemas"]["Profile"];
            /** @description The links in mails that have not expired, without their tokens. */
            readonly links: readonly {
                /** @enum {string} */
                readonly purpose: "verify-email" | "reset-password" | "confirm-old-email" | "confirm-new-email";
                readonly email: string;
                readonly newEmail?: string;
                /**
                 * Format: date-time
                 * @example 2026-06-01T12:00:00.000Z
                 */
                readonly expiresAt: string;
            }[];
            /** @description The last sign-in from a network that was new to the account. */
            readonly newNetwork?: {
                /**
                 * Format: date-time
                 * @example 2026-06-01T12:00:00.000Z
                 */
                readonly at: string;
                /** @example Mozilla/5.0 (X11; Linux x86_64) */
                readonly device: string;
            };
            readonly sessions: readonly components["schemas"]["Session"][];
            readonly endedSessions: readonly {
                /**
                 * Format: uuid
                 * @example 1b4e28ba-2fa1-4d2c-883f-0016d3cca427
                 */
                readonly id: string;
                /**
                 * Format: date-time
                 * @example 2026-06-01T12:15:00.000Z
                 */
                readonly expiresAt: string;
            }[];
            /** @description The user’s paid orders, whose tickets a deletion of the account would lose. */
            readonly paidOrders: readonly string[];
            /** @description Requests that show the user’s data in the other services, with the same session. */
            readonly elsewhere: {
                readonly [key: string]: string;
            };
        };
        /** @enum {string} */
        readonly Currency: "aud" | "bhd" | "cad" | "chf" | "clp" | "dkk" | "eur" | "gbp" | "jod" | "jpy" | "krw" | "kwd" | "nok" | "nzd" | "omr" | "pln" | "sek" | "tnd" | "usd" | "vnd";
        readonly Dispute: {
            /** @example du_1Q */
            readonly id: string;
            readonly amount: string;
            readonly currency: components["schemas"]["Currency"];
            /** @enum {string} */
            readonly status: "open" | "won" | "lost";
            /** @example fraudulent */
            readonly reason: string;
        };
        readonly EmailChange: {
            /**
             * @description `changed`: both addresses have confirmed. Every session has ended.
             * @enum {string}
             */
            readonly status: "waiting-for-other-address" | "changed";
        };
        /**
         * @description The body of every 4xx and 5xx response.
         * @example {
         *       "errors": [
         *         {
         *           "code": "invalid-input",
         *           "field": "title",
         *           "message": "The title is missing."
         *         }
         *       ]
         *     }
         */
        readonly ErrorResponse: {
            readonly errors: readonly components["schemas"]["Problem"][];
        };
        readonly FoundByOperator: {
            /**
             * @description account, person, ticket, order, payment, or a kind of mail.
             * @example order
             */
            readonly what: string;
            /** @example 665f1c2e0a9b8c7d6e5f4a3b */
            readonly id: string;
            /** @example complete */
            readonly status: string;
            /**
             * @description What belongs to it, by name: the buyer, the ticket, the intent at Stripe.
             * @example {
             *       "buyer": "665f1c2e0a9b8c7d6e5f4a3c"
             *     }
             */
            readonly related: {
                readonly [key: string]: string;
            };
        };
        readonly HistoryEntry: {
            /** @example order */
            readonly about: string;
            readonly id: string;
            /**
             * Format: date-time
             * @example 2026-06-01T12:00:00.000Z
             */
            readonly at: string;
            /**
             * @description user:<id>, operator:<id or name>, system or anonymous.
             * @example user:665f1c2e0a9b8c7d6e5f4a3c
             */
            readonly by: string;
            /**
             * @description request:<id>, event:<id>, stripe:<webhook event id>, job:<name>/<run> or ops:<command>.
             * @example request:0b6c1c5e-6f0a-4b8e-9d55-2f3c1f7a9f10
             */
            readonly why: string;
            /** @example 4bf92f3577b34da6a3ce929d0e0e4736 */
            readonly trace?: string;
            /**
             * @description The status before; absent for something new.
             * @example created
             */
            readonly from?: string;
            /** @example complete */
            readonly to: string;
            readonly version: number;
            /** @example ticket 665f1c2e0a9b8c7d6e5f4a3d */
            readonly detail?: string;
        };
        readonly Notification: {
            readonly id: string;
            /** @enum {string} */
            readonly kind: "order-placed" | "order-paid" | "order-expired" | "order-cancelled" | "order-refunded" | "seller-sold" | "seller-refunded" | "new-sign-in" | "password-changed";
            /**
             * Format: date-time
             * @description When it happened.
             */
            readonly at: string;
            readonly isRead: boolean;
            /** @description One sentence in the language of the user. */
            readonly summary: string;
            /** @description The order that it is about. */
            readonly orderId?: string;
        };
        readonly NotificationPreferences: {
            readonly mails: {
                readonly "order-expired": boolean;
                readonly "seller-sold": boolean;
                readonly "seller-refunded": boolean;
            };
        };
        readonly OpenPayment: {
            readonly id: string;
            readonly orderId: string;
            /** @enum {string} */
            readonly status: "pending" | "requires-action" | "declined" | "succeeded" | "refunding" | "partly-refunded" | "refunded";
            /**
             * @description For Stripe.js, which shows the challenge of the bank.
             * @example pi_3Q_secret_7x
             */
            readonly clientSecret?: string;
        };
        readonly Order: {
            readonly id: string;
            readonly userId: string;
            /** @enum {string} */
            readonly status: "created" | "cancelled" | "complete" | "refunded";
            /**
             * @description Of a cancelled order: who cancelled it; `expiry` if it was not paid in time.
             * @enum {string}
             */
            readonly cancelledBy?: "buyer" | "operator" | "expiry";
            /** Format: date-time */
            readonly expiresAt: string;
            /** @description The first ticket of the order. */
            readonly ticket: {
                readonly id: string;
                readonly title: string;
                /** @description The price of one place. */
                readonly price: string;
                readonly currency: components["schemas"]["Currency"];
                readonly version: number;
            };
            readonly items: readonly {
                readonly ticket: {
                    readonly id: string;
                    readonly title: string;
                    /** @description The price of one place. */
                    readonly price: string;
                    readonly currency: components["schemas"]["Currency"];
                    readonly version: number;
                };
                /** @description The number of places. */
                readonly quantity: number;
                /** @description The numbers of the places, without those that were refunded. */
                readonly places: readonly number[];
            }[];
            /**
             * @description The price of the whole order, refunded places included.
             * @example 19.99
             */
            readonly total: string;
            readonly version: number;
        };
        readonly Payment: {
            readonly id: string;
            readonly orderId: string;
            /** @enum {string} */
            readonly status: "pending" | "requires-action" | "declined" | "succeeded" | "refunding" | "partly-refunded" | "refunded";
            readonly amount: string;
            readonly currency: components["schemas"]["Currency"];
            /**
             * @description What went back to the buyer.
             * @example 0.00
             */
            readonly refunded: string;
            readonly refunds: readonly components["schemas"]["Refund"][];
            readonly disputes: readonly components["schemas"]["Dispute"][];
            /**
             * @description For Stripe.js, which shows the challenge of the bank.
             * @example pi_3Q_secret_7x
             */
            readonly clientSecret?: string;
            /**
             * @description What the bank says about the declined card, if the buyer may know it. Only the buyer sees it.
             * @enum {string}
             */
            readonly declineReason?: "insufficient-funds" | "expired-card" | "incorrect-number" | "incorrect-cvc" | "card-not-supported" | "processing-error";
        };
        readonly PaymentReceipt: {
            readonly id: string;
            readonly orderId: string;
            /** @enum {string} */
            readonly status: "pending" | "requires-action" | "declined" | "succeeded" | "refunding" | "partly-refunded" | "refunded";
        };
        readonly Place: {
            readonly ticketId: string;
            /** @description The number of the place, from 0. */
            readonly place: number;
        };
        /**
         * @description Why a request was refused. Some codes have further fields.
         * @example {
         *       "code": "invalid-input",
         *       "field": "title",
         *       "message": "The title is missing."
         *     }
         */
        readonly Problem: {
            /** @description The error code, for programs. */
            readonly code: string;
            /** @description A sentence for people; may change. */
            readonly message: string;
            /** @description The path of the invalid input field. */
            readonly field?: string;
            readonly paidTickets?: number;
            readonly least?: number;
            readonly ticketId?: string;
            readonly version?: number;
            readonly price?: string;
            readonly currency?: components["schemas"]["Currency"];
            readonly available?: number;
            /** @description The number of the place, from 0. */
            readonly place?: number;
        };
        readonly Profile: {
            readonly email: string;
            /** @description Has the owner opened a link that was sent to this address? */
            readonly emailVerified: boolean;
            /** @example Ann */
            readonly name?: string;
            /**
             * @example de
             * @enum {string}
             */
            readonly locale?: "en" | "de";
            /** @example Europe/Berlin */
            readonly timeZone?: string;
        };
        readonly Refund: {
            /** @example rf-665f1c2e0a9b8c7d6e5f4a3b-1 */
            readonly id: string;
            readonly amount: string;
            readonly currency: components["schemas"]["Currency"];
            /** @enum {string} */
            readonly status: "pending" | "succeeded" | "failed";
            /** @enum {string} */
            readonly by: "seller" | "operator" | "system" | "card-network";
            /** @example the match is moved */
            readonly reason: string;
            /** @description The places that it pays back; they are free again once it has succeeded. */
            readonly places?: readonly components["schemas"]["Place"][];
        };
        readonly Sale: {
            readonly orderId: string;
            /** @enum {string} */
            readonly status: "complete" | "refunded";
            /** Format: date-time */
            readonly soldAt: string;
            readonly items: readonly {
                readonly ticket: {
                    readonly id: string;
                    readonly title: string;
                    /** @description The price of one place. */
                    readonly price: string;
                    readonly currency: components["schemas"]["Currency"];
                    readonly version: number;
                };
                /** @description The number of places. */
                readonly quantity: number;
                /** @description The numbers of the places, without those that were refunded. */
                readonly places: readonly number[];
            }[];
            /**
             * @description The price of the whole order, refunded places included.
             * @example 19.99
             */
            readonly total: string;
            readonly currency: components["schemas"]["Currency"];
        };
        readonly Seller: {
            readonly id: string;
            /**
             * @description Absent if the seller has given none.
             * @example Ann
             */
            readonly name?: string;
        };
        readonly ServiceOverview: {
            /** @example orders */
            readonly service: string;
            /** @description At most 100. */
            readonly stuck: readonly {
                /** @example order 665f1c2e0a9b8c7d6e5f4a3b */
                readonly what: string;
                /** @example open, although its time is over */
                readonly problem: string;
                /**
                 * Format: date-time
                 * @example 2026-06-01T12:00:00.000Z
                 */
                readonly since: string;
                /** @example Look at the bus and at the log of orders. */
                readonly action: string;
            }[];
            readonly deadLetters: {
                readonly count: number;
                /** @description At most 50. */
                readonly oldest: readonly {
                    readonly id: string;
                    /** @example ticket:updated */
                    readonly type: string;
                    /**
                     * @description The first line of the error.
                     * @example NotFound: ticket not found
                     */
                    readonly error: string;
                    readonly tries: number;
                    /**
                     * Format: date-time
                     * @example 2026-06-01T12:00:00.000Z
                     */
                    readonly diedAt: string;
                }[];
            };
            /** @description Of the messages on the bus for this service. Absent while it is not connected. */
            readonly lag?: {
                /** @description Not delivered yet. Absent if the bus does not tell. */
                readonly waiting?: number;
                /** @description Delivered, and neither acknowledged nor given up. */
                readonly inFlight: number;
                /** @description Most messages in flight; beyond it, the bus delivers none. */
                readonly limit: number;
            };
            /** @description Messages that have failed and wait for their next try. */
            readonly parked: {
                readonly count: number;
                /** @example 0 */
                readonly oldestSeconds: number;
            };
            /** @description Events that the bus has not confirmed; counts at most 10,000 documents. */
            readonly unpublished: number;
        };
        readonly Session: {
            /**
             * Format: uuid
             * @example 1b4e28ba-2fa1-4d2c-883f-0016d3cca427
             */
            readonly id: string;
            /**
             * Format: date-time
             * @example 2026-06-01T12:15:00.000Z
             */
            readonly startedAt: string;
            /**
             * Format: date-time
             * @example 2026-06-01T12:15:00.000Z
             */
            readonly expiresAt: string;
            /**
             * @description The User-Agent of the client that began the session.
             * @example Mozilla/5.0 (X11; Linux x86_64)
             */
            readonly device: string;
            /** @description True for the session of this request. */
            readonly current: boolean;
        };
        readonly StartedSession: {
            readonly id: string;
            readonly email: string;
            /**
             * @description What the user may do beyond buying and selling.
             * @constant
             */
            readonly role?: "operator";
            /**
             * @description The token of the session, to be sent as `Authorization: Bearer`. Present if it was asked for and a session began.
             * @example eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI2NTY1In0.c2lnbmF0dXJl
             */
            readonly token?: string;
        };
        readonly Ticket: {
            readonly id: string;
            readonly title: string;
            readonly price: string;
            readonly currency: components["schemas"]["Currency"];
            readonly userId: string;
            readonly seller: components["schemas"]["Seller"];
            readonly event?: components["schemas"]["TicketedEvent"];
            /** @description The number of equal places. */
            readonly quantity: number;
            /** @description The number of places that can be bought. */
            readonly available: number;
            /** @enum {string} */
            readonly status: "available" | "reserved" | "sold" | "withdrawn";
            readonly orderId?: string;
            readonly version: number;
        };
        readonly TicketedEvent: {
            readonly name: string;
            readonly venue: string;
            /** Format: date-time */
            readonly startsAt: string;
            readonly timeZone: string;
        };
        readonly UnreadCount: {
            readonly unread: number;
        };
        readonly User: {
            readonly id: string;
            readonly email: string;
            /**
             * @description What the user may do beyond buying and selling.
             * @constant
             */
            readonly role?: "operator";
        };
    };
    responses: {
        /** @description A part of the input is missing or invalid. */
        readonly "Error.400.invalid-input": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "invalid-input";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description A part of the input is missing or invalid. The body is not valid JSON. */
        readonly "Error.400.invalid-input.invalid-json.amount": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "invalid-input" | "invalid-json";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description A part of the input is missing or invalid. The body is not valid JSON. */
        readonly "Error.400.invalid-input.invalid-json.email": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "invalid-input" | "invalid-json";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description A part of the input is missing or invalid. The body is not valid JSON. */
        readonly "Error.400.invalid-input.invalid-json.password": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "invalid-input" | "invalid-json";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description A part of the input is missing or invalid. The body is not valid JSON. */
        readonly "Error.400.invalid-input.invalid-json.texts": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "invalid-input" | "invalid-json";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description A part of the input is missing or invalid. The body is not valid JSON. */
        readonly "Error.400.invalid-input.invalid-json.title": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "invalid-input" | "invalid-json";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description A part of the input is missing or invalid. The body is not valid JSON. */
        readonly "Error.400.invalid-input.invalid-json.token": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "invalid-input" | "invalid-json";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description A part of the input is missing or invalid. */
        readonly "Error.400.invalid-input.limit": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "invalid-input";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Sign in first. */
        readonly "Error.401.not-signed-in": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "not-signed-in";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Only pages of this site may send this request. */
        readonly "Error.403.cross-origin": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "cross-origin";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Only pages of this site may send this request. This account is blocked. Contact support. */
        readonly "Error.403.cross-origin.account-blocked": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "cross-origin" | "account-blocked";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Only pages of this site may send this request. This order belongs to another user. */
        readonly "Error.403.cross-origin.not-your-order": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "cross-origin" | "not-your-order";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Only pages of this site may send this request. Only the seller may change this ticket. */
        readonly "Error.403.cross-origin.not-your-ticket": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "cross-origin" | "not-your-ticket";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Only pages of this site may send this request. The password is wrong. This account is blocked. Contact support. */
        readonly "Error.403.cross-origin.wrong-password.account-blocked": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "cross-origin" | "wrong-password" | "account-blocked";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Only operators may do this. */
        readonly "Error.403.not-an-operator": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "not-an-operator";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Only operators may do this. Only pages of this site may send this request. */
        readonly "Error.403.not-an-operator.cross-origin": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "not-an-operator" | "cross-origin";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description This order belongs to another user. */
        readonly "Error.403.not-your-order": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "not-your-order";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description This does not exist. */
        readonly "Error.404.not-found": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "not-found";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description The body did not arrive in time. Send it again, faster. */
        readonly "Error.408.request-timeout": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "request-timeout";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description An account with this e-mail address exists. */
        readonly "Error.409.email-in-use": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "email-in-use";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description A paid order cannot be cancelled. */
        readonly "Error.409.order-complete": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "order-complete";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description The first request with this key has not been answered yet. The order is not paid, so there is nothing to refund. The refund is more than what is left of the payment. The order has no such place, or was placed before places were known. Refund an amount then. Another refund returns the price of this place. These places are free, so there is nothing to refund. The payment has too many refunds. Refund all that is left. The buyer has disputed the payment with their bank. The card network refused the refund. */
        readonly "Error.409.request-in-flight.order-not-paid.refund-too-large.unknown-place.place-refunded.nothing-to-refund.too-many-refunds.payment-disputed.refund-failed": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                /**
                 * @description Seconds to wait before the next attempt.
                 * @example 1
                 */
                readonly "Retry-After"?: number;
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "request-in-flight" | "order-not-paid" | "refund-too-large" | "unknown-place" | "place-refunded" | "nothing-to-refund" | "too-many-refunds" | "payment-disputed" | "refund-failed";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                        readonly ticketId?: string;
                        /** @description The number of the place, from 0. */
                        readonly place?: number;
                    }[];
                };
            };
        };
        /** @description This account has too many sessions. Try again later. */
        readonly "Error.409.too-many-sessions": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "too-many-sessions";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description This link has been used, has expired or is incomplete. Ask for a new one. */
        readonly "Error.410.link-invalid": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "link-invalid";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description This has changed since you loaded it. Load it again. */
        readonly "Error.412.precondition-failed": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "precondition-failed";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description The body may have at most 100 kB, that of a webhook 256 kB. */
        readonly "Error.413.body-too-large": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "body-too-large";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Send JSON with Content-Type: application/json. */
        readonly "Error.415.unsupported-media-type": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "unsupported-media-type";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Another request has used this key. */
        readonly "Error.422.idempotency-key-reused": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "idempotency-key-reused";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Too many requests. Try again later. */
        readonly "Error.429.too-many-requests": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "too-many-requests";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Too many requests. Try again later. Too many failed sign-ins. Try again later. */
        readonly "Error.429.too-many-requests.too-many-attempts": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "too-many-requests" | "too-many-attempts";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Too many requests. Try again later. Too many mails were asked for. Try again later. */
        readonly "Error.429.too-many-requests.too-many-mails": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "too-many-requests" | "too-many-mails";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description Too many requests. Try again later. You or your network have too many open streams. Close some, or load again from time to time. */
        readonly "Error.429.too-many-requests.too-many-streams": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "too-many-requests" | "too-many-streams";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description An unexpected error occurred. */
        readonly "Error.500.internal-error": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "internal-error";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
        /** @description The service is unavailable. Try again. */
        readonly "Error.503.unavailable": {
            headers: {
                readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly errors: readonly {
                        /**
                         * @description The error code, for programs.
                         * @enum {string}
                         */
                        readonly code: "unavailable";
                        /** @description A sentence for people; may change. */
                        readonly message: string;
                        /** @description The path of the invalid input field. */
                        readonly field?: string;
                    }[];
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /**
         * @description The id of this request in the logs: the sent X-Request-Id if it is valid, otherwise a new one. Absent when the service rejects the request because of overload.
         * @example 0b6c1c5e-6f0a-4b8e-9d55-2f3c1f7a9f10
         */
        readonly "X-Request-Id": string;
        /**
         * @description The remaining requests in the current minute. One entry for the limit per address and one for the limit per user. Absent when both are switched off.
         * @example "address"; r=1199; t=60
         */
        readonly RateLimit: string;
        /**
         * @description The limits for this request. One entry for the limit per address and one for the limit per user. Absent when both are switched off.
         * @example "address"; q=1200; w=60; pk=:MTI3LjAuMC4x:
         */
        readonly "RateLimit-Policy": string;
        /**
         * @description Seconds to wait before the next attempt.
         * @example 1
         */
        readonly "Retry-After": number;
        /**
         * @description The version of the resource, for If-None-Match or If-Match.
         * @example "3"
         */
        readonly ETag: string;
        /**
         * @description The URL of the next page; absent on the last page.
         * @example </api/tickets?limit=50&cursor=NjY1ZjFjMmUwYTliOGM3ZDZlNWY0YTNi>; rel="next"
         */
        readonly Link: string;
        /**
         * @description Starts or ends the session.
         * @example session=eyJqd3QiOiI…; path=/; httponly; samesite=lax
         */
        readonly "Set-Cookie": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly signUp: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "email": "ann@example.com",
                 *       "password": "correct horse"
                 *     }
                 */
                readonly "application/json": {
                    /** Format: email */
                    readonly email: string;
                    readonly password: string;
                    /**
                     * @description With `true` the answer has the `token` of the session, and no cookie is set.
                     * @example true
                     */
                    readonly token?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description Created. */
            readonly 201: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    /**
                     * @description The session; absent if the answer has a `token`.
                     * @example session=eyJqd3QiOiI…; path=/; httponly; samesite=lax
                     */
                    readonly "Set-Cookie"?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "656565656565656565656502",
                     *       "email": "ann@example.com"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["StartedSession"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.email"];
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 409: components["responses"]["Error.409.email-in-use"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly signIn: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "email": "ann@example.com",
                 *       "password": "correct horse"
                 *     }
                 */
                readonly "application/json": {
                    /** Format: email */
                    readonly email: string;
                    readonly password: string;
                    /**
                     * @description With `true` the answer has the `token` of the session, and no cookie is set.
                     * @example true
                     */
                    readonly token?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    /**
                     * @description The session; absent if the answer has a `token`.
                     * @example session=eyJqd3QiOiI…; path=/; httponly; samesite=lax
                     */
                    readonly "Set-Cookie"?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "656565656565656565656502",
                     *       "email": "ann@example.com"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["StartedSession"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.email"];
            /** @description The e-mail address or the password is wrong. */
            readonly 401: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "invalid-credentials";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            /** @description Only pages of this site may send this request. This account is blocked. Contact support. This e-mail address is not verified. Open the link in the mail that was sent to it. */
            readonly 403: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "cross-origin" | "account-blocked" | "email-not-verified";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 409: components["responses"]["Error.409.too-many-sessions"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests.too-many-attempts"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly signOut: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly "Set-Cookie": components["headers"]["Set-Cookie"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /** @example {} */
                    readonly "application/json": Record<string, never>;
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showCurrentUser: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "currentUser": {
                     *         "id": "6ccb21214ffd60b0fc2c1607",
                     *         "email": "ann@example.com",
                     *         "role": "operator"
                     *       }
                     *     }
                     */
                    readonly "application/json": {
                        readonly currentUser: components["schemas"]["User"] | null;
                    };
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly listSessions: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "1b4e28ba-2fa1-4d2c-883f-0016d3cca427",
                     *         "startedAt": "2026-06-01T12:15:00.000Z",
                     *         "expiresAt": "2026-06-01T12:15:00.000Z",
                     *         "device": "Mozilla/5.0 (X11; Linux x86_64)",
                     *         "current": true
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["Session"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly revokeSession: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @example 1b4e28ba-2fa1-4d2c-883f-0016d3cca427 */
                readonly sessionId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success, without a body. */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly changePassword: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "password": "correct horse",
                 *       "newPassword": "battery staple"
                 *     }
                 */
                readonly "application/json": {
                    readonly password: string;
                    readonly newPassword: string;
                    /**
                     * @description With `true` the answer has the `token` of the session, and no cookie is set.
                     * @example true
                     */
                    readonly token?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    /**
                     * @description The session; absent if the answer has a `token`.
                     * @example session=eyJqd3QiOiI…; path=/; httponly; samesite=lax
                     */
                    readonly "Set-Cookie"?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "656565656565656565656502",
                     *       "email": "ann@example.com"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["StartedSession"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.password"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin.wrong-password.account-blocked"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 409: components["responses"]["Error.409.too-many-sessions"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests.too-many-attempts"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly requestPasswordReset: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "email": "ann@example.com"
                 *     }
                 */
                readonly "application/json": {
                    /** Format: email */
                    readonly email: string;
                };
            };
        };
        readonly responses: {
            /** @description Accepted for processing; the result is not known yet. */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /** @example {} */
                    readonly "application/json": Record<string, never>;
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.email"];
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests.too-many-mails"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly resetPassword: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "token": "656565656565656565656502-1b4e28ba-2fa1-4d2c-883f-0016d3cca427.ZKNVCrwX6yZ3GJ0c1CwUNqXQbwvhJ4Q1jYk0oYfYk4E",
                 *       "password": "correct horse"
                 *     }
                 */
                readonly "application/json": {
                    /** @example 656565656565656565656502-1b4e28ba-2fa1-4d2c-883f-0016d3cca427.ZKNVCrwX6yZ3GJ0c1CwUNqXQbwvhJ4Q1jYk0oYfYk4E */
                    readonly token: string;
                    readonly password: string;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /** @example {} */
                    readonly "application/json": Record<string, never>;
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.token"];
            readonly 403: components["responses"]["Error.403.cross-origin.account-blocked"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 410: components["responses"]["Error.410.link-invalid"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly requestEmailVerification: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Accepted for processing; the result is not known yet. */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /** @example {} */
                    readonly "application/json": Record<string, never>;
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 429: components["responses"]["Error.429.too-many-requests.too-many-mails"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly verifyEmail: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "token": "656565656565656565656502-1b4e28ba-2fa1-4d2c-883f-0016d3cca427.ZKNVCrwX6yZ3GJ0c1CwUNqXQbwvhJ4Q1jYk0oYfYk4E"
                 *     }
                 */
                readonly "application/json": {
                    /** @example 656565656565656565656502-1b4e28ba-2fa1-4d2c-883f-0016d3cca427.ZKNVCrwX6yZ3GJ0c1CwUNqXQbwvhJ4Q1jYk0oYfYk4E */
                    readonly token: string;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /** @example {} */
                    readonly "application/json": Record<string, never>;
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.token"];
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 410: components["responses"]["Error.410.link-invalid"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly requestEmailChange: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "email": "ann@example.com",
                 *       "password": "correct horse"
                 *     }
                 */
                readonly "application/json": {
                    /** Format: email */
                    readonly email: string;
                    readonly password: string;
                };
            };
        };
        readonly responses: {
            /** @description Accepted for processing; the result is not known yet. */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /** @example {} */
                    readonly "application/json": Record<string, never>;
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.email"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin.wrong-password.account-blocked"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            /** @description Too many requests. Try again later. Too many failed sign-ins. Try again later. Too many mails were asked for. Try again later. */
            readonly 429: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly "Retry-After": components["headers"]["Retry-After"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "too-many-requests" | "too-many-attempts" | "too-many-mails";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly confirmEmailChange: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "token": "656565656565656565656502-1b4e28ba-2fa1-4d2c-883f-0016d3cca427.ZKNVCrwX6yZ3GJ0c1CwUNqXQbwvhJ4Q1jYk0oYfYk4E"
                 *     }
                 */
                readonly "application/json": {
                    /** @example 656565656565656565656502-1b4e28ba-2fa1-4d2c-883f-0016d3cca427.ZKNVCrwX6yZ3GJ0c1CwUNqXQbwvhJ4Q1jYk0oYfYk4E */
                    readonly token: string;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "waiting-for-other-address"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["EmailChange"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.token"];
            readonly 403: components["responses"]["Error.403.cross-origin.account-blocked"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 409: components["responses"]["Error.409.email-in-use"];
            readonly 410: components["responses"]["Error.410.link-invalid"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showProfile: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "email": "ann@example.com",
                     *       "emailVerified": true,
                     *       "name": "Ann",
                     *       "locale": "de",
                     *       "timeZone": "Europe/Berlin"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Profile"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly changeProfile: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "name": "Ann",
                 *       "locale": "de",
                 *       "timeZone": "Europe/Berlin"
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description The name that others see.
                     * @example Ann
                     */
                    readonly name?: string;
                    /**
                     * @description The language of mails.
                     * @example de
                     * @enum {string}
                     */
                    readonly locale?: "en" | "de";
                    /**
                     * @description The time zone of times in mails, by its IANA name.
                     * @example Europe/Berlin
                     */
                    readonly timeZone?: string;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "email": "ann@example.com",
                     *       "emailVerified": true,
                     *       "name": "Ann",
                     *       "locale": "de",
                     *       "timeZone": "Europe/Berlin"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Profile"];
                };
            };
            /** @description A part of the input is missing or invalid. The body is not valid JSON. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "invalid-input" | "invalid-json";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly exportAccount: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "account": {
                     *         "id": "e05f5218c40212bceb946406",
                     *         "email": "ann@example.com",
                     *         "createdAt": "2026-06-01T12:00:00.000Z",
                     *         "passwordChangedAt": "2026-06-01T12:00:00.000Z",
                     *         "role": "operator"
                     *       },
                     *       "profile": {
                     *         "email": "ann@example.com",
                     *         "emailVerified": true,
                     *         "name": "Ann",
                     *         "locale": "de",
                     *         "timeZone": "Europe/Berlin"
                     *       },
                     *       "links": [
                     *         {
                     *           "purpose": "verify-email",
                     *           "email": "ann@example.com",
                     *           "newEmail": "ann@example.org",
                     *           "expiresAt": "2026-06-01T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "newNetwork": {
                     *         "at": "2026-06-01T12:00:00.000Z",
                     *         "device": "Mozilla/5.0 (X11; Linux x86_64)"
                     *       },
                     *       "sessions": [
                     *         {
                     *           "id": "1b4e28ba-2fa1-4d2c-883f-0016d3cca427",
                     *           "startedAt": "2026-06-01T12:15:00.000Z",
                     *           "expiresAt": "2026-06-01T12:15:00.000Z",
                     *           "device": "Mozilla/5.0 (X11; Linux x86_64)",
                     *           "current": true
                     *         }
                     *       ],
                     *       "endedSessions": [
                     *         {
                     *           "id": "1b4e28ba-2fa1-4d2c-883f-0016d3cca427",
                     *           "expiresAt": "2026-06-01T12:15:00.000Z"
                     *         }
                     *       ],
                     *       "paidOrders": [
                     *         "5492ef9502c23dc179058046"
                     *       ],
                     *       "elsewhere": {}
                     *     }
                     */
                    readonly "application/json": components["schemas"]["AccountExport"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly deleteAccount: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "password": "correct horse",
                 *       "acceptLossOfTickets": true
                 *     }
                 */
                readonly "application/json": {
                    readonly password: string;
                    /** @description Required for an account with paid tickets: nobody can use them after the deletion. */
                    readonly acceptLossOfTickets?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description Success, without a body. */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly "Set-Cookie": components["headers"]["Set-Cookie"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.password"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin.wrong-password.account-blocked"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            /** @description This account has paid tickets, which are lost with it. Confirm that with acceptLossOfTickets. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "has-paid-tickets";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                            readonly paidTickets?: number;
                        }[];
                    };
                };
            };
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests.too-many-attempts"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly findInAuth: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "texts": [
                 *         "ada@example.com"
                 *       ],
                 *       "request": true
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description Ids, or an e-mail address.
                     * @example [
                     *       "ada@example.com"
                     *     ]
                     */
                    readonly texts: readonly string[];
                    /**
                     * @description The texts are the X-Request-Id or trace id of requests: finds what they changed.
                     * @default false
                     */
                    readonly request?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "what": "order",
                     *         "id": "665f1c2e0a9b8c7d6e5f4a3b",
                     *         "status": "complete",
                     *         "related": {
                     *           "buyer": "665f1c2e0a9b8c7d6e5f4a3c"
                     *         }
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["FoundByOperator"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.texts"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator.cross-origin"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showHistoryInAuth: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @example a56145270ce6b3bebd1dd012 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "about": "order",
                     *         "id": "58c250682fab450f6a9e0c59",
                     *         "at": "2026-06-01T12:00:00.000Z",
                     *         "by": "user:665f1c2e0a9b8c7d6e5f4a3c",
                     *         "why": "request:0b6c1c5e-6f0a-4b8e-9d55-2f3c1f7a9f10",
                     *         "trace": "4bf92f3577b34da6a3ce929d0e0e4736",
                     *         "from": "created",
                     *         "to": "complete",
                     *         "version": 0,
                     *         "detail": "ticket 665f1c2e0a9b8c7d6e5f4a3d"
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["HistoryEntry"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showOverviewOfAuth: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "service": "orders",
                     *       "stuck": [
                     *         {
                     *           "what": "order 665f1c2e0a9b8c7d6e5f4a3b",
                     *           "problem": "open, although its time is over",
                     *           "since": "2026-06-01T12:00:00.000Z",
                     *           "action": "Look at the bus and at the log of orders."
                     *         }
                     *       ],
                     *       "deadLetters": {
                     *         "count": 0,
                     *         "oldest": [
                     *           {
                     *             "id": "7f06077cd8650877b7fa40a2",
                     *             "type": "ticket:updated",
                     *             "error": "NotFound: ticket not found",
                     *             "tries": 0,
                     *             "diedAt": "2026-06-01T12:00:00.000Z"
                     *           }
                     *         ]
                     *       },
                     *       "lag": {
                     *         "waiting": 0,
                     *         "inFlight": 0,
                     *         "limit": 50
                     *       },
                     *       "parked": {
                     *         "count": 0,
                     *         "oldestSeconds": 0
                     *       },
                     *       "unpublished": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["ServiceOverview"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly listTickets: {
        readonly parameters: {
            readonly query?: {
                /** @description Words that must all occur in title, event name or venue. Case and accents do not matter. */
                readonly q?: string;
                /** @description The lowest price. */
                readonly minPrice?: string;
                /** @description The highest price. */
                readonly maxPrice?: string;
                /** @description The currency of the tickets. A search with minPrice, maxPrice or a sort by price finds one currency, by default CURRENCY. */
                readonly currency?: "aud" | "bhd" | "cad" | "chf" | "clp" | "dkk" | "eur" | "gbp" | "jod" | "jpy" | "krw" | "kwd" | "nok" | "nzd" | "omr" | "pln" | "sek" | "tnd" | "usd" | "vnd";
                /** @description The full name of the venue. Case and accents do not matter. */
                readonly venue?: string;
                /** @description The earliest start of the event. */
                readonly from?: string;
                /** @description The latest start of the event. */
                readonly to?: string;
                /** @description Id of the seller. Sellers also find their own reserved, sold and withdrawn tickets. */
                readonly seller?: string;
                /** @description By startsAt, tickets without an event come last. */
                readonly sort?: "newest" | "price" | "-price" | "startsAt";
                /** @description The largest number of tickets on a page. A page may have fewer: follow Link to the end. */
                readonly limit?: number;
                /** @description From the Link header of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly Link: components["headers"]["Link"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "d3a18df4d2da0be0ed99899b",
                     *         "title": "Cup final, row 3",
                     *         "price": "19.99",
                     *         "currency": "aud",
                     *         "userId": "6ccb21214ffd60b0fc2c1607",
                     *         "seller": {
                     *           "id": "57ac310a0bfd04fc67ee9cbb",
                     *           "name": "Ann"
                     *         },
                     *         "event": {
                     *           "name": "Cup final",
                     *           "venue": "Olympiastadion",
                     *           "startsAt": "2050-05-22T18:00:00.000Z",
                     *           "timeZone": "Europe/Berlin"
                     *         },
                     *         "quantity": 1,
                     *         "available": 1,
                     *         "status": "available",
                     *         "orderId": "120559ff820e56572451f321",
                     *         "version": 0
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["Ticket"][];
                };
            };
            /** @description A part of the input is missing or invalid. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "invalid-input";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly createTicket: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description A unique key of the client, such as a UUID. Within 24 hours, all requests with the same key take effect once and get the stored response. Responses 202, 401, 429 and 5xx are not stored.
                 * @example "8e03978e-40d5-43dd-bc93-6894a57f9324"
                 */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "title": "Cup final, row 3",
                 *       "price": "19.99",
                 *       "currency": "usd",
                 *       "event": {
                 *         "name": "Cup final",
                 *         "venue": "Olympiastadion",
                 *         "startsAt": "2050-05-22T18:00:00.000Z",
                 *         "timeZone": "Europe/Berlin"
                 *       },
                 *       "quantity": 1
                 *     }
                 */
                readonly "application/json": {
                    readonly title: string;
                    /** @description A decimal string: 0 for a free ticket, else at least the smallest charge of the currency, with at most its decimals and at most eight digits in all. In a currency with three decimals the third is 0. A JSON number is accepted too. */
                    readonly price: string | number;
                    /**
                     * @description One of CURRENCIES. A new ticket has CURRENCY by default; an edited one keeps its own.
                     * @enum {string}
                     */
                    readonly currency?: "aud" | "bhd" | "cad" | "chf" | "clp" | "dkk" | "eur" | "gbp" | "jod" | "jpy" | "krw" | "kwd" | "nok" | "nzd" | "omr" | "pln" | "sek" | "tnd" | "usd" | "vnd";
                    readonly event?: {
                        readonly name: string;
                        readonly venue: string;
                        /** Format: date-time */
                        readonly startsAt: string;
                        /**
                         * @description The IANA time zone of the venue.
                         * @example Europe/Berlin
                         */
                        readonly timeZone: string;
                    };
                    /** @description The number of equal places. A new ticket has 1 by default; an edited one keeps its own. */
                    readonly quantity?: number;
                };
            };
        };
        readonly responses: {
            /** @description Created. */
            readonly 201: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "d3a18df4d2da0be0ed99899b",
                     *       "title": "Cup final, row 3",
                     *       "price": "19.99",
                     *       "currency": "aud",
                     *       "userId": "6ccb21214ffd60b0fc2c1607",
                     *       "seller": {
                     *         "id": "57ac310a0bfd04fc67ee9cbb",
                     *         "name": "Ann"
                     *       },
                     *       "event": {
                     *         "name": "Cup final",
                     *         "venue": "Olympiastadion",
                     *         "startsAt": "2050-05-22T18:00:00.000Z",
                     *         "timeZone": "Europe/Berlin"
                     *       },
                     *       "quantity": 1,
                     *       "available": 1,
                     *       "status": "available",
                     *       "orderId": "120559ff820e56572451f321",
                     *       "version": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Ticket"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.title"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            /** @description The first request with this key has not been answered yet. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    /**
                     * @description Seconds to wait before the next attempt.
                     * @example 1
                     */
                    readonly "Retry-After"?: number;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "request-in-flight";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 422: components["responses"]["Error.422.idempotency-key-reused"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly watchTickets: {
        readonly parameters: {
            readonly query: {
                /** @description The ids of 1 to 50 tickets, with commas between them. */
                readonly ids: string;
            };
            readonly header?: {
                /**
                 * @description The id of the last message of an earlier stream. Without a change since then, the stream begins with the next one.
                 * @example 3
                 */
                readonly "Last-Event-ID"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A stream of Server-Sent Events. Its first message is the present state, and each later one a changed state. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example retry: 2000
                     *     id: 3
                     *     data: [{"id":"d3a18df4d2da0be0ed99899b","title":"Cup final, row 3","price":"19.99","currency":"aud","userId":"6ccb21214ffd60b0fc2c1607","seller":{"id":"57ac310a0bfd04fc67ee9cbb","name":"Ann"},"event":{"name":"Cup final","venue":"Olympiastadion","startsAt":"2050-05-22T18:00:00.000Z","timeZone":"Europe/Berlin"},"quantity":1,"available":1,"status":"available","orderId":"120559ff820e56572451f321","version":0}]
                     */
                    readonly "text/event-stream": string;
                };
            };
            /** @description A part of the input is missing or invalid. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "invalid-input";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 429: components["responses"]["Error.429.too-many-requests.too-many-streams"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showTicket: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The version that the client has; 304 when it is still current.
                 * @example "3"
                 */
                readonly "If-None-Match"?: string;
            };
            readonly path: {
                /** @example d3a18df4d2da0be0ed99899b */
                readonly ticketId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "d3a18df4d2da0be0ed99899b",
                     *       "title": "Cup final, row 3",
                     *       "price": "19.99",
                     *       "currency": "aud",
                     *       "userId": "6ccb21214ffd60b0fc2c1607",
                     *       "seller": {
                     *         "id": "57ac310a0bfd04fc67ee9cbb",
                     *         "name": "Ann"
                     *       },
                     *       "event": {
                     *         "name": "Cup final",
                     *         "venue": "Olympiastadion",
                     *         "startsAt": "2050-05-22T18:00:00.000Z",
                     *         "timeZone": "Europe/Berlin"
                     *       },
                     *       "quantity": 1,
                     *       "available": 1,
                     *       "status": "available",
                     *       "orderId": "120559ff820e56572451f321",
                     *       "version": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Ticket"];
                };
            };
            /** @description The client has the current version. */
            readonly 304: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly updateTicket: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The versions that the client accepts; 412 when the current version is another one. For placeOrder of one ticket: versions of the ticket; 409 when its offer is another one.
                 * @example "3"
                 */
                readonly "If-Match"?: string;
            };
            readonly path: {
                /** @example d3a18df4d2da0be0ed99899b */
                readonly ticketId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "title": "Cup final, row 3",
                 *       "price": "19.99",
                 *       "currency": "usd",
                 *       "event": {
                 *         "name": "Cup final",
                 *         "venue": "Olympiastadion",
                 *         "startsAt": "2050-05-22T18:00:00.000Z",
                 *         "timeZone": "Europe/Berlin"
                 *       },
                 *       "quantity": 1,
                 *       "version": 0
                 *     }
                 */
                readonly "application/json": {
                    readonly title: string;
                    /** @description A decimal string: 0 for a free ticket, else at least the smallest charge of the currency, with at most its decimals and at most eight digits in all. In a currency with three decimals the third is 0. A JSON number is accepted too. */
                    readonly price: string | number;
                    /**
                     * @description One of CURRENCIES. A new ticket has CURRENCY by default; an edited one keeps its own.
                     * @enum {string}
                     */
                    readonly currency?: "aud" | "bhd" | "cad" | "chf" | "clp" | "dkk" | "eur" | "gbp" | "jod" | "jpy" | "krw" | "kwd" | "nok" | "nzd" | "omr" | "pln" | "sek" | "tnd" | "usd" | "vnd";
                    readonly event?: {
                        readonly name: string;
                        readonly venue: string;
                        /** Format: date-time */
                        readonly startsAt: string;
                        /**
                         * @description The IANA time zone of the venue.
                         * @example Europe/Berlin
                         */
                        readonly timeZone: string;
                    };
                    /** @description The number of equal places. A new ticket has 1 by default; an edited one keeps its own. */
                    readonly quantity?: number;
                    readonly version?: number;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "d3a18df4d2da0be0ed99899b",
                     *       "title": "Cup final, row 3",
                     *       "price": "19.99",
                     *       "currency": "aud",
                     *       "userId": "6ccb21214ffd60b0fc2c1607",
                     *       "seller": {
                     *         "id": "57ac310a0bfd04fc67ee9cbb",
                     *         "name": "Ann"
                     *       },
                     *       "event": {
                     *         "name": "Cup final",
                     *         "venue": "Olympiastadion",
                     *         "startsAt": "2050-05-22T18:00:00.000Z",
                     *         "timeZone": "Europe/Berlin"
                     *       },
                     *       "quantity": 1,
                     *       "available": 1,
                     *       "status": "available",
                     *       "orderId": "120559ff820e56572451f321",
                     *       "version": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Ticket"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.title"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin.not-your-ticket"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            /** @description Buyers have reserved or bought more places. The lowest quantity is in this error. A buyer has reserved this ticket. This ticket is sold. This ticket is no longer for sale. This ticket has changed since you loaded it. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "quantity-too-low" | "ticket-reserved" | "ticket-sold" | "ticket-withdrawn" | "version-conflict";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                            readonly least?: number;
                        }[];
                    };
                };
            };
            readonly 412: components["responses"]["Error.412.precondition-failed"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly withdrawTicket: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The versions that the client accepts; 412 when the current version is another one. For placeOrder of one ticket: versions of the ticket; 409 when its offer is another one.
                 * @example "3"
                 */
                readonly "If-Match"?: string;
            };
            readonly path: {
                /** @example d3a18df4d2da0be0ed99899b */
                readonly ticketId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success, without a body. */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin.not-your-ticket"];
            readonly 404: components["responses"]["Error.404.not-found"];
            /** @description A buyer has reserved this ticket. This ticket is sold. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "ticket-reserved" | "ticket-sold";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 412: components["responses"]["Error.412.precondition-failed"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly findInTickets: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "texts": [
                 *         "ada@example.com"
                 *       ],
                 *       "request": true
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description Ids, or an e-mail address.
                     * @example [
                     *       "ada@example.com"
                     *     ]
                     */
                    readonly texts: readonly string[];
                    /**
                     * @description The texts are the X-Request-Id or trace id of requests: finds what they changed.
                     * @default false
                     */
                    readonly request?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "what": "order",
                     *         "id": "665f1c2e0a9b8c7d6e5f4a3b",
                     *         "status": "complete",
                     *         "related": {
                     *           "buyer": "665f1c2e0a9b8c7d6e5f4a3c"
                     *         }
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["FoundByOperator"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.texts"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator.cross-origin"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showHistoryInTickets: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @example a56145270ce6b3bebd1dd012 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "about": "order",
                     *         "id": "58c250682fab450f6a9e0c59",
                     *         "at": "2026-06-01T12:00:00.000Z",
                     *         "by": "user:665f1c2e0a9b8c7d6e5f4a3c",
                     *         "why": "request:0b6c1c5e-6f0a-4b8e-9d55-2f3c1f7a9f10",
                     *         "trace": "4bf92f3577b34da6a3ce929d0e0e4736",
                     *         "from": "created",
                     *         "to": "complete",
                     *         "version": 0,
                     *         "detail": "ticket 665f1c2e0a9b8c7d6e5f4a3d"
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["HistoryEntry"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showOverviewOfTickets: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "service": "orders",
                     *       "stuck": [
                     *         {
                     *           "what": "order 665f1c2e0a9b8c7d6e5f4a3b",
                     *           "problem": "open, although its time is over",
                     *           "since": "2026-06-01T12:00:00.000Z",
                     *           "action": "Look at the bus and at the log of orders."
                     *         }
                     *       ],
                     *       "deadLetters": {
                     *         "count": 0,
                     *         "oldest": [
                     *           {
                     *             "id": "7f06077cd8650877b7fa40a2",
                     *             "type": "ticket:updated",
                     *             "error": "NotFound: ticket not found",
                     *             "tries": 0,
                     *             "diedAt": "2026-06-01T12:00:00.000Z"
                     *           }
                     *         ]
                     *       },
                     *       "lag": {
                     *         "waiting": 0,
                     *         "inFlight": 0,
                     *         "limit": 50
                     *       },
                     *       "parked": {
                     *         "count": 0,
                     *         "oldestSeconds": 0
                     *       },
                     *       "unpublished": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["ServiceOverview"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly listOrders: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: number;
                readonly cursor?: string;
                readonly status?: "created" | "cancelled" | "complete" | "refunded";
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly Link: components["headers"]["Link"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "120559ff820e56572451f321",
                     *         "userId": "6ccb21214ffd60b0fc2c1607",
                     *         "status": "created",
                     *         "expiresAt": "2026-06-01T12:15:00.000Z",
                     *         "ticket": {
                     *           "id": "d3a18df4d2da0be0ed99899b",
                     *           "title": "Cup final, row 3",
                     *           "price": "19.99",
                     *           "currency": "aud",
                     *           "version": 0
                     *         },
                     *         "items": [
                     *           {
                     *             "ticket": {
                     *               "id": "d3a18df4d2da0be0ed99899b",
                     *               "title": "Cup final, row 3",
                     *               "price": "19.99",
                     *               "currency": "aud",
                     *               "version": 0
                     *             },
                     *             "quantity": 1,
                     *             "places": [
                     *               0
                     *             ]
                     *           }
                     *         ],
                     *         "total": "19.99",
                     *         "version": 0
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["Order"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.limit"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly placeOrder: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The versions that the client accepts; 412 when the current version is another one. For placeOrder of one ticket: versions of the ticket; 409 when its offer is another one.
                 * @example "3"
                 */
                readonly "If-Match"?: string;
                /**
                 * @description A unique key of the client, such as a UUID. Within 24 hours, all requests with the same key take effect once and get the stored response. Responses 202, 401, 429 and 5xx are not stored.
                 * @example "8e03978e-40d5-43dd-bc93-6894a57f9324"
                 */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "ticketId": "656565656565656565656501",
                 *       "quantity": 2,
                 *       "version": 0
                 *     }
                 */
                readonly "application/json": {
                    /** @description The ticket, unless `items` names one or several. */
                    readonly ticketId?: string;
                    /** @description The number of places; 1 if absent. An order has at most 20. */
                    readonly quantity?: number;
                    /** @description The version of the ticket that the buyer has seen; another offer is refused. */
                    readonly version?: number;
                    /** @description Places of several tickets of one seller, instead of the other fields. */
                    readonly items?: readonly {
                        readonly ticketId: string;
                        /** @description The number of places; 1 if absent. An order has at most 20. */
                        readonly quantity?: number;
                        /** @description The version of the ticket that the buyer has seen; another offer is refused. */
                        readonly version?: number;
                    }[];
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "120559ff820e56572451f321",
                     *       "userId": "6ccb21214ffd60b0fc2c1607",
                     *       "status": "created",
                     *       "expiresAt": "2026-06-01T12:15:00.000Z",
                     *       "ticket": {
                     *         "id": "d3a18df4d2da0be0ed99899b",
                     *         "title": "Cup final, row 3",
                     *         "price": "19.99",
                     *         "currency": "aud",
                     *         "version": 0
                     *       },
                     *       "items": [
                     *         {
                     *           "ticket": {
                     *             "id": "d3a18df4d2da0be0ed99899b",
                     *             "title": "Cup final, row 3",
                     *             "price": "19.99",
                     *             "currency": "aud",
                     *             "version": 0
                     *           },
                     *           "quantity": 1,
                     *           "places": [
                     *             0
                     *           ]
                     *         }
                     *       ],
                     *       "total": "19.99",
                     *       "version": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Order"];
                };
            };
            /** @description Created. */
            readonly 201: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "120559ff820e56572451f321",
                     *       "userId": "6ccb21214ffd60b0fc2c1607",
                     *       "status": "created",
                     *       "expiresAt": "2026-06-01T12:15:00.000Z",
                     *       "ticket": {
                     *         "id": "d3a18df4d2da0be0ed99899b",
                     *         "title": "Cup final, row 3",
                     *         "price": "19.99",
                     *         "currency": "aud",
                     *         "version": 0
                     *       },
                     *       "items": [
                     *         {
                     *           "ticket": {
                     *             "id": "d3a18df4d2da0be0ed99899b",
                     *             "title": "Cup final, row 3",
                     *             "price": "19.99",
                     *             "currency": "aud",
                     *             "version": 0
                     *           },
                     *           "quantity": 1,
                     *           "places": [
                     *             0
                     *           ]
                     *         }
                     *       ],
                     *       "total": "19.99",
                     *       "version": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Order"];
                };
            };
            /** @description A part of the input is missing or invalid. The body is not valid JSON. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "invalid-input" | "invalid-json";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            /** @description The first request with this key has not been answered yet. You cannot buy a ticket that you sell. The tickets of one order must have one currency. The tickets of one order must have one seller. The seller has changed this ticket since you loaded it. The current offer is in this error. Other buyers have reserved this ticket, or too many of its places. This ticket is sold, or has fewer unsold places than you ask for. This ticket is no longer for sale. You have reached the limit of unpaid and free places of this seller. Pay for some or cancel some first. One payment cannot be so high. Order fewer places. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    /**
                     * @description Seconds to wait before the next attempt.
                     * @example 1
                     */
                    readonly "Retry-After"?: number;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "request-in-flight" | "own-ticket" | "several-currencies" | "several-sellers" | "ticket-changed" | "ticket-reserved" | "ticket-sold" | "ticket-withdrawn" | "too-many-holds" | "total-too-high";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                            readonly ticketId?: string;
                            readonly version?: number;
                            readonly price?: string;
                            readonly currency?: components["schemas"]["Currency"];
                            readonly available?: number;
                        }[];
                    };
                };
            };
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 422: components["responses"]["Error.422.idempotency-key-reused"];
            /** @description Too many requests. Try again later. You have given up this ticket several times. Wait for the seconds in Retry-After, or choose another one. The buyers at your network have reached the limit of unpaid places. Pay for some, or try again later. */
            readonly 429: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly "Retry-After": components["headers"]["Retry-After"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "too-many-requests" | "ticket-cool-down" | "too-many-holds-at-network";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 500: components["responses"]["Error.500.internal-error"];
            /** @description The service is unavailable. Try again. The latest change of this ticket has not arrived here yet. Try again. */
            readonly 503: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly "Retry-After": components["headers"]["Retry-After"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "unavailable" | "ticket-version-unknown";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
        };
    };
    readonly watchOrders: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The id of the last message of an earlier stream. Without a change since then, the stream begins with the next one.
                 * @example 3
                 */
                readonly "Last-Event-ID"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A stream of Server-Sent Events. Its first message is the present state, and each later one a changed state. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example retry: 2000
                     *     id: 3
                     *     data: [{"id":"120559ff820e56572451f321","userId":"6ccb21214ffd60b0fc2c1607","status":"created","expiresAt":"2026-06-01T12:15:00.000Z","ticket":{"id":"d3a18df4d2da0be0ed99899b","title":"Cup final, row 3","price":"19.99","currency":"aud","version":0},"items":[{"ticket":{"id":"d3a18df4d2da0be0ed99899b","title":"Cup final, row 3","price":"19.99","currency":"aud","version":0},"quantity":1,"places":[0]}],"total":"19.99","version":0}]
                     */
                    readonly "text/event-stream": string;
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 429: components["responses"]["Error.429.too-many-requests.too-many-streams"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly listSales: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: number;
                readonly cursor?: string;
                /** @description Only sales of this ticket. */
                readonly ticketId?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly Link: components["headers"]["Link"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "orderId": "120559ff820e56572451f321",
                     *         "status": "complete",
                     *         "soldAt": "2026-06-01T12:05:00.000Z",
                     *         "items": [
                     *           {
                     *             "ticket": {
                     *               "id": "d3a18df4d2da0be0ed99899b",
                     *               "title": "Cup final, row 3",
                     *               "price": "19.99",
                     *               "currency": "aud",
                     *               "version": 0
                     *             },
                     *             "quantity": 1,
                     *             "places": [
                     *               0
                     *             ]
                     *           }
                     *         ],
                     *         "total": "19.99",
                     *         "currency": "aud"
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["Sale"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.limit"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showOrder: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The version that the client has; 304 when it is still current.
                 * @example "3"
                 */
                readonly "If-None-Match"?: string;
            };
            readonly path: {
                /** @example 120559ff820e56572451f321 */
                readonly orderId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "120559ff820e56572451f321",
                     *       "userId": "6ccb21214ffd60b0fc2c1607",
                     *       "status": "created",
                     *       "expiresAt": "2026-06-01T12:15:00.000Z",
                     *       "ticket": {
                     *         "id": "d3a18df4d2da0be0ed99899b",
                     *         "title": "Cup final, row 3",
                     *         "price": "19.99",
                     *         "currency": "aud",
                     *         "version": 0
                     *       },
                     *       "items": [
                     *         {
                     *           "ticket": {
                     *             "id": "d3a18df4d2da0be0ed99899b",
                     *             "title": "Cup final, row 3",
                     *             "price": "19.99",
                     *             "currency": "aud",
                     *             "version": 0
                     *           },
                     *           "quantity": 1,
                     *           "places": [
                     *             0
                     *           ]
                     *         }
                     *       ],
                     *       "total": "19.99",
                     *       "version": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Order"];
                };
            };
            /** @description The client has the current version. */
            readonly 304: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-your-order"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly cancelOrder: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The versions that the client accepts; 412 when the current version is another one. For placeOrder of one ticket: versions of the ticket; 409 when its offer is another one.
                 * @example "3"
                 */
                readonly "If-Match"?: string;
            };
            readonly path: {
                /** @example 120559ff820e56572451f321 */
                readonly orderId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success, without a body. */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin.not-your-order"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 409: components["responses"]["Error.409.order-complete"];
            readonly 412: components["responses"]["Error.412.precondition-failed"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly watchOrder: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The id of the last message of an earlier stream. Without a change since then, the stream begins with the next one.
                 * @example 3
                 */
                readonly "Last-Event-ID"?: string;
            };
            readonly path: {
                /** @example 120559ff820e56572451f321 */
                readonly orderId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A stream of Server-Sent Events. Its first message is the present state, and each later one a changed state. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example retry: 2000
                     *     id: 3
                     *     data: {"id":"120559ff820e56572451f321","userId":"6ccb21214ffd60b0fc2c1607","status":"created","expiresAt":"2026-06-01T12:15:00.000Z","ticket":{"id":"d3a18df4d2da0be0ed99899b","title":"Cup final, row 3","price":"19.99","currency":"aud","version":0},"items":[{"ticket":{"id":"d3a18df4d2da0be0ed99899b","title":"Cup final, row 3","price":"19.99","currency":"aud","version":0},"quantity":1,"places":[0]}],"total":"19.99","version":0}
                     */
                    readonly "text/event-stream": string;
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-your-order"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 429: components["responses"]["Error.429.too-many-requests.too-many-streams"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly releaseOrder: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @example 120559ff820e56572451f321 */
                readonly orderId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "120559ff820e56572451f321",
                     *       "userId": "6ccb21214ffd60b0fc2c1607",
                     *       "status": "created",
                     *       "expiresAt": "2026-06-01T12:15:00.000Z",
                     *       "ticket": {
                     *         "id": "d3a18df4d2da0be0ed99899b",
                     *         "title": "Cup final, row 3",
                     *         "price": "19.99",
                     *         "currency": "aud",
                     *         "version": 0
                     *       },
                     *       "items": [
                     *         {
                     *           "ticket": {
                     *             "id": "d3a18df4d2da0be0ed99899b",
                     *             "title": "Cup final, row 3",
                     *             "price": "19.99",
                     *             "currency": "aud",
                     *             "version": 0
                     *           },
                     *           "quantity": 1,
                     *           "places": [
                     *             0
                     *           ]
                     *         }
                     *       ],
                     *       "total": "19.99",
                     *       "version": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Order"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator.cross-origin"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 409: components["responses"]["Error.409.order-complete"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly findInOrders: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "texts": [
                 *         "ada@example.com"
                 *       ],
                 *       "request": true
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description Ids, or an e-mail address.
                     * @example [
                     *       "ada@example.com"
                     *     ]
                     */
                    readonly texts: readonly string[];
                    /**
                     * @description The texts are the X-Request-Id or trace id of requests: finds what they changed.
                     * @default false
                     */
                    readonly request?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "what": "order",
                     *         "id": "665f1c2e0a9b8c7d6e5f4a3b",
                     *         "status": "complete",
                     *         "related": {
                     *           "buyer": "665f1c2e0a9b8c7d6e5f4a3c"
                     *         }
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["FoundByOperator"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.texts"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator.cross-origin"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showHistoryInOrders: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @example a56145270ce6b3bebd1dd012 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "about": "order",
                     *         "id": "58c250682fab450f6a9e0c59",
                     *         "at": "2026-06-01T12:00:00.000Z",
                     *         "by": "user:665f1c2e0a9b8c7d6e5f4a3c",
                     *         "why": "request:0b6c1c5e-6f0a-4b8e-9d55-2f3c1f7a9f10",
                     *         "trace": "4bf92f3577b34da6a3ce929d0e0e4736",
                     *         "from": "created",
                     *         "to": "complete",
                     *         "version": 0,
                     *         "detail": "ticket 665f1c2e0a9b8c7d6e5f4a3d"
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["HistoryEntry"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showOverviewOfOrders: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "service": "orders",
                     *       "stuck": [
                     *         {
                     *           "what": "order 665f1c2e0a9b8c7d6e5f4a3b",
                     *           "problem": "open, although its time is over",
                     *           "since": "2026-06-01T12:00:00.000Z",
                     *           "action": "Look at the bus and at the log of orders."
                     *         }
                     *       ],
                     *       "deadLetters": {
                     *         "count": 0,
                     *         "oldest": [
                     *           {
                     *             "id": "7f06077cd8650877b7fa40a2",
                     *             "type": "ticket:updated",
                     *             "error": "NotFound: ticket not found",
                     *             "tries": 0,
                     *             "diedAt": "2026-06-01T12:00:00.000Z"
                     *           }
                     *         ]
                     *       },
                     *       "lag": {
                     *         "waiting": 0,
                     *         "inFlight": 0,
                     *         "limit": 50
                     *       },
                     *       "parked": {
                     *         "count": 0,
                     *         "oldestSeconds": 0
                     *       },
                     *       "unpublished": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["ServiceOverview"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly receiveWebhook: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /**
                 * @description Stripe’s signature of the raw body, at most five minutes old.
                 * @example t=1780315200,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd
                 */
                readonly "Stripe-Signature": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description A Stripe event, byte for byte as signed. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "object": "event"
                 *     }
                 */
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "received": true
                     *     }
                     */
                    readonly "application/json": {
                        /** @constant */
                        readonly received: true;
                    };
                };
            };
            /** @description A part of the input is missing or invalid. The body is not valid JSON. The signature does not match the body. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "invalid-input" | "invalid-json" | "invalid-signature";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly payOrder: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description A unique key of the client, such as a UUID. Within 24 hours, all requests with the same key take effect once and get the stored response. Responses 202, 401, 429 and 5xx are not stored.
                 * @example "8e03978e-40d5-43dd-bc93-6894a57f9324"
                 */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "orderId": "120559ff820e56572451f321",
                 *       "token": "tok_visa",
                 *       "offSession": true
                 *     }
                 */
                readonly "application/json": {
                    readonly orderId: string;
                    readonly token: string;
                    readonly offSession?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "6c3c183b0323b6a3558f2a4b",
                     *       "orderId": "120559ff820e56572451f321",
                     *       "status": "pending"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["PaymentReceipt"];
                };
            };
            /** @description Created. */
            readonly 201: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "6c3c183b0323b6a3558f2a4b",
                     *       "orderId": "120559ff820e56572451f321",
                     *       "status": "pending"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["PaymentReceipt"];
                };
            };
            /** @description Accepted for processing; the result is not known yet. */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "710d96dc86eb70199c527454",
                     *       "orderId": "120559ff820e56572451f321",
                     *       "status": "pending",
                     *       "clientSecret": "pi_3Q_secret_7x"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["OpenPayment"];
                };
            };
            /** @description A part of the input is missing or invalid. The body is not valid JSON. The card network does not know this token. The card network refuses this amount. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "invalid-input" | "invalid-json" | "invalid-token" | "amount-refused";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            /** @description The card was declined. Try again or use another card. The bank must approve payments with this card. Use another card. The bank did not approve the payment. Try again or use another card. The card network cancelled the payment. Try again. */
            readonly 402: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "card-declined" | "card-needs-authentication" | "authentication-failed" | "payment-cancelled";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 403: components["responses"]["Error.403.cross-origin.not-your-order"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            /** @description The first request with this key has not been answered yet. The ticket is free, so there is nothing to pay. The order is cancelled. The time to pay is over. There were too many attempts to pay this order. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    /**
                     * @description Seconds to wait before the next attempt.
                     * @example 1
                     */
                    readonly "Retry-After"?: number;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "request-in-flight" | "nothing-to-pay" | "order-cancelled" | "order-expired" | "payment-attempts-exhausted";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 422: components["responses"]["Error.422.idempotency-key-reused"];
            /** @description Too many requests. Try again later. Too many cards were declined. Try again later. */
            readonly 429: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly "Retry-After": components["headers"]["Retry-After"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "too-many-requests" | "too-many-declines";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showPayment: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The version that the client has; 304 when it is still current.
                 * @example "3"
                 */
                readonly "If-None-Match"?: string;
            };
            readonly path: {
                /** @example 120559ff820e56572451f321 */
                readonly orderId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "1a6d6b60ec54cb3050d3704b",
                     *       "orderId": "120559ff820e56572451f321",
                     *       "status": "pending",
                     *       "amount": "19.99",
                     *       "currency": "aud",
                     *       "refunded": "0.00",
                     *       "refunds": [
                     *         {
                     *           "id": "rf-665f1c2e0a9b8c7d6e5f4a3b-1",
                     *           "amount": "19.99",
                     *           "currency": "aud",
                     *           "status": "pending",
                     *           "by": "seller",
                     *           "reason": "the match is moved",
                     *           "places": [
                     *             {
                     *               "ticketId": "d3a18df4d2da0be0ed99899b",
                     *               "place": 0
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "disputes": [
                     *         {
                     *           "id": "du_1Q",
                     *           "amount": "19.99",
                     *           "currency": "aud",
                     *           "status": "open",
                     *           "reason": "fraudulent"
                     *         }
                     *       ],
                     *       "clientSecret": "pi_3Q_secret_7x"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Payment"];
                };
            };
            /** @description The client has the current version. */
            readonly 304: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-your-order"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly refundPayment: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description A unique key of the client, such as a UUID. Within 24 hours, all requests with the same key take effect once and get the stored response. Responses 202, 401, 429 and 5xx are not stored.
                 * @example "8e03978e-40d5-43dd-bc93-6894a57f9324"
                 */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                /** @example 120559ff820e56572451f321 */
                readonly orderId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "amount": "19.99",
                 *       "reason": "the match is moved"
                 *     }
                 */
                readonly "application/json": {
                    readonly amount?: string;
                    /** @description Instead of an amount: the sum of the prices of these places goes back, and they are free again. */
                    readonly places?: readonly components["schemas"]["Place"][];
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "rf-665f1c2e0a9b8c7d6e5f4a3b-1",
                     *       "amount": "19.99",
                     *       "currency": "aud",
                     *       "status": "pending",
                     *       "by": "seller",
                     *       "reason": "the match is moved",
                     *       "places": [
                     *         {
                     *           "ticketId": "d3a18df4d2da0be0ed99899b",
                     *           "place": 0
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Refund"];
                };
            };
            /** @description Created. */
            readonly 201: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "rf-665f1c2e0a9b8c7d6e5f4a3b-1",
                     *       "amount": "19.99",
                     *       "currency": "aud",
                     *       "status": "pending",
                     *       "by": "seller",
                     *       "reason": "the match is moved",
                     *       "places": [
                     *         {
                     *           "ticketId": "d3a18df4d2da0be0ed99899b",
                     *           "place": 0
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Refund"];
                };
            };
            /** @description Accepted for processing; the result is not known yet. */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "rf-665f1c2e0a9b8c7d6e5f4a3b-1",
                     *       "amount": "19.99",
                     *       "currency": "aud",
                     *       "status": "pending",
                     *       "by": "seller",
                     *       "reason": "the match is moved",
                     *       "places": [
                     *         {
                     *           "ticketId": "d3a18df4d2da0be0ed99899b",
                     *           "place": 0
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Refund"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.amount"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            /** @description Only pages of this site may send this request. Only the seller of this ticket can refund it. */
            readonly 403: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "cross-origin" | "not-your-sale";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 409: components["responses"]["Error.409.request-in-flight.order-not-paid.refund-too-large.unknown-place.place-refunded.nothing-to-refund.too-many-refunds.payment-disputed.refund-failed"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 422: components["responses"]["Error.422.idempotency-key-reused"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly refundByOperator: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description A unique key of the client, such as a UUID. Within 24 hours, all requests with the same key take effect once and get the stored response. Responses 202, 401, 429 and 5xx are not stored.
                 * @example "8e03978e-40d5-43dd-bc93-6894a57f9324"
                 */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                /** @example 120559ff820e56572451f321 */
                readonly orderId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "amount": "19.99",
                 *       "reason": "the seat was broken"
                 *     }
                 */
                readonly "application/json": {
                    readonly amount?: string;
                    /** @description Instead of an amount: the sum of the prices of these places goes back, and they are free again. */
                    readonly places?: readonly components["schemas"]["Place"][];
                    readonly reason: string;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "rf-665f1c2e0a9b8c7d6e5f4a3b-1",
                     *       "amount": "19.99",
                     *       "currency": "aud",
                     *       "status": "pending",
                     *       "by": "seller",
                     *       "reason": "the match is moved",
                     *       "places": [
                     *         {
                     *           "ticketId": "d3a18df4d2da0be0ed99899b",
                     *           "place": 0
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Refund"];
                };
            };
            /** @description Created. */
            readonly 201: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "rf-665f1c2e0a9b8c7d6e5f4a3b-1",
                     *       "amount": "19.99",
                     *       "currency": "aud",
                     *       "status": "pending",
                     *       "by": "seller",
                     *       "reason": "the match is moved",
                     *       "places": [
                     *         {
                     *           "ticketId": "d3a18df4d2da0be0ed99899b",
                     *           "place": 0
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Refund"];
                };
            };
            /** @description Accepted for processing; the result is not known yet. */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "rf-665f1c2e0a9b8c7d6e5f4a3b-1",
                     *       "amount": "19.99",
                     *       "currency": "aud",
                     *       "status": "pending",
                     *       "by": "seller",
                     *       "reason": "the match is moved",
                     *       "places": [
                     *         {
                     *           "ticketId": "d3a18df4d2da0be0ed99899b",
                     *           "place": 0
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Refund"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.amount"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator.cross-origin"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 409: components["responses"]["Error.409.request-in-flight.order-not-paid.refund-too-large.unknown-place.place-refunded.nothing-to-refund.too-many-refunds.payment-disputed.refund-failed"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 422: components["responses"]["Error.422.idempotency-key-reused"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly findInPayments: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "texts": [
                 *         "ada@example.com"
                 *       ],
                 *       "request": true
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description Ids, or an e-mail address.
                     * @example [
                     *       "ada@example.com"
                     *     ]
                     */
                    readonly texts: readonly string[];
                    /**
                     * @description The texts are the X-Request-Id or trace id of requests: finds what they changed.
                     * @default false
                     */
                    readonly request?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "what": "order",
                     *         "id": "665f1c2e0a9b8c7d6e5f4a3b",
                     *         "status": "complete",
                     *         "related": {
                     *           "buyer": "665f1c2e0a9b8c7d6e5f4a3c"
                     *         }
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["FoundByOperator"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.texts"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator.cross-origin"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showHistoryInPayments: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @example a56145270ce6b3bebd1dd012 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "about": "order",
                     *         "id": "58c250682fab450f6a9e0c59",
                     *         "at": "2026-06-01T12:00:00.000Z",
                     *         "by": "user:665f1c2e0a9b8c7d6e5f4a3c",
                     *         "why": "request:0b6c1c5e-6f0a-4b8e-9d55-2f3c1f7a9f10",
                     *         "trace": "4bf92f3577b34da6a3ce929d0e0e4736",
                     *         "from": "created",
                     *         "to": "complete",
                     *         "version": 0,
                     *         "detail": "ticket 665f1c2e0a9b8c7d6e5f4a3d"
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["HistoryEntry"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showOverviewOfPayments: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "service": "orders",
                     *       "stuck": [
                     *         {
                     *           "what": "order 665f1c2e0a9b8c7d6e5f4a3b",
                     *           "problem": "open, although its time is over",
                     *           "since": "2026-06-01T12:00:00.000Z",
                     *           "action": "Look at the bus and at the log of orders."
                     *         }
                     *       ],
                     *       "deadLetters": {
                     *         "count": 0,
                     *         "oldest": [
                     *           {
                     *             "id": "7f06077cd8650877b7fa40a2",
                     *             "type": "ticket:updated",
                     *             "error": "NotFound: ticket not found",
                     *             "tries": 0,
                     *             "diedAt": "2026-06-01T12:00:00.000Z"
                     *           }
                     *         ]
                     *       },
                     *       "lag": {
                     *         "waiting": 0,
                     *         "inFlight": 0,
                     *         "limit": 50
                     *       },
                     *       "parked": {
                     *         "count": 0,
                     *         "oldestSeconds": 0
                     *       },
                     *       "unpublished": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["ServiceOverview"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly listNotifications: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: number;
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly Link: components["headers"]["Link"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "unread": 1,
                     *       "notifications": [
                     *         {
                     *           "id": "61ebf526b294e140127c309e",
                     *           "kind": "order-placed",
                     *           "at": "2026-06-01T12:00:00.000Z",
                     *           "isRead": true,
                     *           "summary": "Your order is paid.",
                     *           "orderId": "120559ff820e56572451f321"
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": {
                        /** @description The number of unread ones, counted up to 100. */
                        readonly unread: number;
                        readonly notifications: readonly components["schemas"]["Notification"][];
                    };
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.limit"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly markNotificationsRead: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "ids": [
                 *         "656565656565656565656501"
                 *       ]
                 *     }
                 */
                readonly "application/json": {
                    readonly ids?: readonly string[];
                    /** @description Marks this notification and all older ones. */
                    readonly upTo?: string;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "unread": 1
                     *     }
                     */
                    readonly "application/json": components["schemas"]["UnreadCount"];
                };
            };
            /** @description A part of the input is missing or invalid. The body is not valid JSON. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "invalid-input" | "invalid-json";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showNotificationPreferences: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "mails": {
                     *         "order-expired": true,
                     *         "seller-sold": true,
                     *         "seller-refunded": true
                     *       }
                     *     }
                     */
                    readonly "application/json": components["schemas"]["NotificationPreferences"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly setNotificationPreferences: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "mails": {
                 *         "order-expired": true,
                 *         "seller-sold": true,
                 *         "seller-refunded": true
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["NotificationPreferences"];
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "mails": {
                     *         "order-expired": true,
                     *         "seller-sold": true,
                     *         "seller-refunded": true
                     *       }
                     *     }
                     */
                    readonly "application/json": components["schemas"]["NotificationPreferences"];
                };
            };
            /** @description A part of the input is missing or invalid. The body is not valid JSON. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "invalid-input" | "invalid-json";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly unsubscribe: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @example tok_visa */
                readonly token: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "kind": "order-expired"
                     *     }
                     */
                    readonly "application/json": {
                        /**
                         * @description The mails that are turned off.
                         * @enum {string}
                         */
                        readonly kind: "order-expired" | "seller-sold" | "seller-refunded";
                    };
                };
            };
            /** @description A part of the input is missing or invalid. This link is not valid. Sign in to choose which mails you get. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly errors: readonly {
                            /**
                             * @description The error code, for programs.
                             * @enum {string}
                             */
                            readonly code: "invalid-input" | "link-invalid";
                            /** @description A sentence for people; may change. */
                            readonly message: string;
                            /** @description The path of the invalid input field. */
                            readonly field?: string;
                        }[];
                    };
                };
            };
            readonly 403: components["responses"]["Error.403.cross-origin"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly findInNotifications: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "texts": [
                 *         "ada@example.com"
                 *       ],
                 *       "request": true
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description Ids, or an e-mail address.
                     * @example [
                     *       "ada@example.com"
                     *     ]
                     */
                    readonly texts: readonly string[];
                    /**
                     * @description The texts are the X-Request-Id or trace id of requests: finds what they changed.
                     * @default false
                     */
                    readonly request?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "what": "order",
                     *         "id": "665f1c2e0a9b8c7d6e5f4a3b",
                     *         "status": "complete",
                     *         "related": {
                     *           "buyer": "665f1c2e0a9b8c7d6e5f4a3c"
                     *         }
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["FoundByOperator"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input.invalid-json.texts"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator.cross-origin"];
            readonly 408: components["responses"]["Error.408.request-timeout"];
            readonly 413: components["responses"]["Error.413.body-too-large"];
            readonly 415: components["responses"]["Error.415.unsupported-media-type"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showHistoryInNotifications: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @example a56145270ce6b3bebd1dd012 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "about": "order",
                     *         "id": "58c250682fab450f6a9e0c59",
                     *         "at": "2026-06-01T12:00:00.000Z",
                     *         "by": "user:665f1c2e0a9b8c7d6e5f4a3c",
                     *         "why": "request:0b6c1c5e-6f0a-4b8e-9d55-2f3c1f7a9f10",
                     *         "trace": "4bf92f3577b34da6a3ce929d0e0e4736",
                     *         "from": "created",
                     *         "to": "complete",
                     *         "version": 0,
                     *         "detail": "ticket 665f1c2e0a9b8c7d6e5f4a3d"
                     *       }
                     *     ]
                     */
                    readonly "application/json": readonly components["schemas"]["HistoryEntry"][];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator"];
            readonly 404: components["responses"]["Error.404.not-found"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
    readonly showOverviewOfNotifications: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Success. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["X-Request-Id"];
                    readonly RateLimit: components["headers"]["RateLimit"];
                    readonly "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "service": "orders",
                     *       "stuck": [
                     *         {
                     *           "what": "order 665f1c2e0a9b8c7d6e5f4a3b",
                     *           "problem": "open, although its time is over",
                     *           "since": "2026-06-01T12:00:00.000Z",
                     *           "action": "Look at the bus and at the log of orders."
                     *         }
                     *       ],
                     *       "deadLetters": {
                     *         "count": 0,
                     *         "oldest": [
                     *           {
                     *             "id": "7f06077cd8650877b7fa40a2",
                     *             "type": "ticket:updated",
                     *             "error": "NotFound: ticket not found",
                     *             "tries": 0,
                     *             "diedAt": "2026-06-01T12:00:00.000Z"
                     *           }
                     *         ]
                     *       },
                     *       "lag": {
                     *         "waiting": 0,
                     *         "inFlight": 0,
                     *         "limit": 50
                     *       },
                     *       "parked": {
                     *         "count": 0,
                     *         "oldestSeconds": 0
                     *       },
                     *       "unpublished": 0
                     *     }
                     */
                    readonly "application/json": components["schemas"]["ServiceOverview"];
                };
            };
            readonly 400: components["responses"]["Error.400.invalid-input"];
            readonly 401: components["responses"]["Error.401.not-signed-in"];
            readonly 403: components["responses"]["Error.403.not-an-operator"];
            readonly 429: components["responses"]["Error.429.too-many-requests"];
            readonly 500: components["responses"]["Error.500.internal-error"];
            readonly 503: components["responses"]["Error.503.unavailable"];
        };
    };
}

export const routes = {
  "signUp": {
    "method": "post",
    "path": "/api/users/signup",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "signIn": {
    "method": "post",
    "path": "/api/users/signin",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "signOut": {
    "method": "post",
    "path": "/api/users/signout",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "showCurrentUser": {
    "method": "get",
    "path": "/api/users/currentuser",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "listSessions": {
    "method": "get",
    "path": "/api/users/sessions",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "revokeSession": {
    "method": "delete",
    "path": "/api/users/sessions/{sessionId}",
    "inPath": [
      "sessionId"
    ],
    "inQuery": [],
    "headers": []
  },
  "changePassword": {
    "method": "post",
    "path": "/api/users/password",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "requestPasswordReset": {
    "method": "post",
    "path": "/api/users/password-resets",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "resetPassword": {
    "method": "post",
    "path": "/api/users/password-resets/confirm",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "requestEmailVerification": {
    "method": "post",
    "path": "/api/users/email-verifications",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "verifyEmail": {
    "method": "post",
    "path": "/api/users/email-verifications/confirm",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "requestEmailChange": {
    "method": "post",
    "path": "/api/users/email-changes",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "confirmEmailChange": {
    "method": "post",
    "path": "/api/users/email-changes/confirm",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "showProfile": {
    "method": "get",
    "path": "/api/users/profile",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "changeProfile": {
    "method": "put",
    "path": "/api/users/profile",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "exportAccount": {
    "method": "get",
    "path": "/api/users/export",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "deleteAccount": {
    "method": "delete",
    "path": "/api/users",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "findInAuth": {
    "method": "post",
    "path": "/api/users/office/find",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "showHistoryInAuth": {
    "method": "get",
    "path": "/api/users/office/history/{id}",
    "inPath": [
      "id"
    ],
    "inQuery": [],
    "headers": []
  },
  "showOverviewOfAuth": {
    "method": "get",
    "path": "/api/users/office/overview",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "listTickets": {
    "method": "get",
    "path": "/api/tickets",
    "inPath": [],
    "inQuery": [
      "q",
      "minPrice",
      "maxPrice",
      "currency",
      "venue",
      "from",
      "to",
      "seller",
      "sort",
      "limit",
      "cursor"
    ],
    "headers": []
  },
  "createTicket": {
    "method": "post",
    "path": "/api/tickets",
    "inPath": [],
    "inQuery": [],
    "headers": [
      "Idempotency-Key"
    ]
  },
  "showTicket": {
    "method": "get",
    "path": "/api/tickets/{ticketId}",
    "inPath": [
      "ticketId"
    ],
    "inQuery": [],
    "headers": [
      "If-None-Match"
    ]
  },
  "updateTicket": {
    "method": "put",
    "path": "/api/tickets/{ticketId}",
    "inPath": [
      "ticketId"
    ],
    "inQuery": [],
    "headers": [
      "If-Match"
    ]
  },
  "withdrawTicket": {
    "method": "delete",
    "path": "/api/tickets/{ticketId}",
    "inPath": [
      "ticketId"
    ],
    "inQuery": [],
    "headers": [
      "If-Match"
    ]
  },
  "findInTickets": {
    "method": "post",
    "path": "/api/tickets/office/find",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "showHistoryInTickets": {
    "method": "get",
    "path": "/api/tickets/office/history/{id}",
    "inPath": [
      "id"
    ],
    "inQuery": [],
    "headers": []
  },
  "showOverviewOfTickets": {
    "method": "get",
    "path": "/api/tickets/office/overview",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "listOrders": {
    "method": "get",
    "path": "/api/orders",
    "inPath": [],
    "inQuery": [
      "limit",
      "cursor",
      "status"
    ],
    "headers": []
  },
  "placeOrder": {
    "method": "post",
    "path": "/api/orders",
    "inPath": [],
    "inQuery": [],
    "headers": [
      "If-Match",
      "Idempotency-Key"
    ]
  },
  "listSales": {
    "method": "get",
    "path": "/api/orders/sales",
    "inPath": [],
    "inQuery": [
      "limit",
      "cursor",
      "ticketId"
    ],
    "headers": []
  },
  "showOrder": {
    "method": "get",
    "path": "/api/orders/{orderId}",
    "inPath": [
      "orderId"
    ],
    "inQuery": [],
    "headers": [
      "If-None-Match"
    ]
  },
  "cancelOrder": {
    "method": "delete",
    "path": "/api/orders/{orderId}",
    "inPath": [
      "orderId"
    ],
    "inQuery": [],
    "headers": [
      "If-Match"
    ]
  },
  "releaseOrder": {
    "method": "post",
    "path": "/api/orders/office/releases/{orderId}",
    "inPath": [
      "orderId"
    ],
    "inQuery": [],
    "headers": []
  },
  "findInOrders": {
    "method": "post",
    "path": "/api/orders/office/find",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "showHistoryInOrders": {
    "method": "get",
    "path": "/api/orders/office/history/{id}",
    "inPath": [
      "id"
    ],
    "inQuery": [],
    "headers": []
  },
  "showOverviewOfOrders": {
    "method": "get",
    "path": "/api/orders/office/overview",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "receiveWebhook": {
    "method": "post",
    "path": "/api/payments/webhook",
    "inPath": [],
    "inQuery": [],
    "headers": [
      "Stripe-Signature"
    ]
  },
  "payOrder": {
    "method": "post",
    "path": "/api/payments",
    "inPath": [],
    "inQuery": [],
    "headers": [
      "Idempotency-Key"
    ]
  },
  "showPayment": {
    "method": "get",
    "path": "/api/payments/{orderId}",
    "inPath": [
      "orderId"
    ],
    "inQuery": [],
    "headers": [
      "If-None-Match"
    ]
  },
  "refundPayment": {
    "method": "post",
    "path": "/api/payments/{orderId}/refunds",
    "inPath": [
      "orderId"
    ],
    "inQuery": [],
    "headers": [
      "Idempotency-Key"
    ]
  },
  "refundByOperator": {
    "method": "post",
    "path": "/api/payments/office/refunds/{orderId}",
    "inPath": [
      "orderId"
    ],
    "inQuery": [],
    "headers": [
      "Idempotency-Key"
    ]
  },
  "findInPayments": {
    "method": "post",
    "path": "/api/payments/office/find",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "showHistoryInPayments": {
    "method": "get",
    "path": "/api/payments/office/history/{id}",
    "inPath": [
      "id"
    ],
    "inQuery": [],
    "headers": []
  },
  "showOverviewOfPayments": {
    "method": "get",
    "path": "/api/payments/office/overview",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "listNotifications": {
    "method": "get",
    "path": "/api/notifications",
    "inPath": [],
    "inQuery": [
      "limit",
      "cursor"
    ],
    "headers": []
  },
  "markNotificationsRead": {
    "method": "post",
    "path": "/api/notifications/read",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "showNotificationPreferences": {
    "method": "get",
    "path": "/api/notifications/preferences",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "setNotificationPreferences": {
    "method": "put",
    "path": "/api/notifications/preferences",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "unsubscribe": {
    "method": "post",
    "path": "/api/notifications/unsubscribe/{token}",
    "inPath": [
      "token"
    ],
    "inQuery": [],
    "headers": []
  },
  "findInNotifications": {
    "method": "post",
    "path": "/api/notifications/office/find",
    "inPath": [],
    "inQuery": [],
    "headers": []
  },
  "showHistoryInNotifications": {
    "method": "get",
    "path": "/api/notifications/office/history/{id}",
    "inPath": [
      "id"
    ],
    "inQuery": [],
    "headers": []
  },
  "showOverviewOfNotifications": {
    "method": "get",
    "path": "/api/notifications/office/overview",
    "inPath": [],
    "inQuery": [],
    "headers": []
  }
} as const;
