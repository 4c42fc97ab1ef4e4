// Written by scripts/generate/client-types.ts (npm run generate): do not edit.

export interface paths {
    "/chain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The chain, in pages */
        get: operations["getChain"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The node's figures, for Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Mine one block */
        get: operations["getMine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/nodes/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Connect to nodes */
        post: operations["postNodesRegister"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/nodes/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask all peers for a better chain */
        get: operations["getNodesResolve"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/transactions/new": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Submit a signed transaction */
        post: operations["postTransactionsNew"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/addresses/{address}/balance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an address holds */
        get: operations["getAddressesAddressBalance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/addresses/{address}/coins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The coins of an address */
        get: operations["getAddressesAddressCoins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/addresses/{address}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to an address, the latest first */
        get: operations["getAddressesAddressHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All bans that are in force */
        get: operations["getBans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bans/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take a banned peer back */
        delete: operations["deleteBansId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Headers of the best chain, from a height downwards */
        get: operations["getBlocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blocks/{hashOrHeight}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A block by its hash or height */
        get: operations["getBlocksHashOrHeight"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blocks/{hashOrHeight}/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A block as bytes */
        get: operations["getBlocksHashOrHeightRaw"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blocks/{hashOrHeight}/transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The transactions of a block, in pages */
        get: operations["getBlocksHashOrHeightTransactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blocks/{hash}/invalidate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Treat a block as invalid */
        post: operations["postBlocksHashInvalidate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blocks/{hash}/reconsider": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take such a verdict back */
        post: operations["postBlocksHashReconsider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/coins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The coins of up to a thousand addresses */
        post: operations["postCoins"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happens, as server-sent events */
        get: operations["getEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/ws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same events over a WebSocket */
        get: operations["getEventsWs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fees": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a payment should cost now */
        get: operations["getFees"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/headers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Headers of the best chain as bytes, from a height upwards */
        get: operations["getHeaders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the node answers */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What happened to up to a thousand addresses together */
        post: operations["postHistory"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mempool": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Size of the mempool, and its newest transactions */
        get: operations["getMempool"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mempool/transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The pending transactions, in pages */
        get: operations["getMempoolTransactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mempool/transactions/{txid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A pending transaction, and what it is tied to */
        get: operations["getMempoolTransactionsTxid"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mining": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The state of the miner */
        get: operations["getMining"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mining/generate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mine a number of blocks */
        post: operations["postMiningGenerate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mining/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mine from now on, to an address */
        post: operations["postMiningStart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mining/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop mining */
        post: operations["postMiningStop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mining/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hand in a block that was mined elsewhere */
        post: operations["postMiningSubmit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mining/template": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The next block but for its nonce */
        get: operations["getMiningTemplate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/packages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Submit transactions together, so that children pay for their parents */
        post: operations["postPackages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/peers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Connected peers, how they stand with us, and what they say of themselves */
        get: operations["getPeers"];
        put?: never;
        /** Connect to a peer */
        post: operations["postPeers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/peers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Hang up on a peer */
        delete: operations["deletePeersId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/peers/{id}/ban": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hang up on a peer and refuse it for a time */
        post: operations["postPeersIdBan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the node has caught up: 200, or 503 with the same answer */
        get: operations["getReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who the node is, and where it stands */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/supply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Number, sum and digest of all coins */
        get: operations["getSupply"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tips": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ends of all branches */
        get: operations["getTips"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Submit a signed transaction */
        post: operations["postTransactions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transactions/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Whether the mempool would take a transaction, without submitting it */
        post: operations["postTransactionsTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transactions/{txid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A transaction, pending or confirmed */
        get: operations["getTransactionsTxid"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transactions/{txid}/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The proof that a transaction is in a block */
        get: operations["getTransactionsTxidProof"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Program and version */
        get: operations["getVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description RFC 9457 problem details: the one form of every refusal */
        Problem: {
            /** @constant */
            type: "about:blank";
            /** @description what the HTTP status means */
            title: string;
            status: number;
            /** @description stable, for programs: a rule, a policy, or a failure of this API */
            code: string;
            /** @description one sentence for people */
            detail: string;
            /** @description the figures of the case */
            details?: {
                [key: string]: unknown;
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getChain: {
        parameters: {
            query?: {
                /** @description index of the first block; the last ones unless told */
                from?: string;
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        length: number;
                        chain: {
                            index: number;
                            hash: string;
                            previous_hash: string;
                            timestamp: number;
                            transactions: string[];
                            /** @description the nonce */
                            proof: number;
                        }[];
                        /** @description `from` of the next page; null at the end */
                        next: number | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description in Prometheus' text format */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMine: {
        parameters: {
            query?: {
                /** @description who gets the reward; the address that the node mines to unless told */
                address?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        index: number;
                        hash: string;
                        previous_hash: string;
                        timestamp: number;
                        transactions: string[];
                        /** @description the nonce */
                        proof: number;
                        message: string;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postNodesRegister: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    nodes: string[];
                };
            };
        };
        responses: {
            /** @description the answer */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        /** @description multiaddrs of all connected peers */
                        total_nodes: string[];
                        failed: {
                            node: string;
                            code: string;
                            detail: string;
                        }[];
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getNodesResolve: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        replaced: boolean;
                        length: number;
                        tip: string;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postTransactionsNew: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description BIP144 serialisation */
                    hex: string;
                };
            };
        };
        responses: {
            /** @description the answer */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        txid: string;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAddressesAddressBalance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tip: {
                            hash: string;
                            height: number;
                        };
                        /** @description can be spent in the next block, and no pending transaction does */
                        confirmed: number;
                        /** @description coinbases that cannot be spent yet */
                        immature: number;
                        /** @description made by pending transactions, and not spent by others */
                        pending: number;
                        coins: number;
                        /** @description false where there are more coins than one answer counts */
                        complete: boolean;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAddressesAddressCoins: {
        parameters: {
            query?: {
                after?: string;
                limit?: string;
            };
            header?: never;
            path: {
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tip: {
                            hash: string;
                            height: number;
                        };
                        /** @description those of the best chain, then those that are pending */
                        coins: {
                            txid: string;
                            vout: number;
                            value: number;
                            address: string;
                            /** @description null while the transaction that makes it is pending */
                            height: number | null;
                            coinbase: boolean;
                            confirmations: number;
                            /**
                             * @description confirmed: spendable in the next block; immature: a coinbase that is not yet; pending: in the mempool
                             * @enum {string}
                             */
                            status: "confirmed" | "immature" | "pending";
                            /** @description the pending transaction that spends it */
                            spentBy: string | null;
                        }[];
                        /** @description whether no coins follow: `next` is null */
                        complete: boolean;
                        /** @description `after` of the next page */
                        next: string | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAddressesAddressHistory: {
        parameters: {
            query?: {
                before?: string;
                limit?: string;
            };
            header?: never;
            path: {
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tip: {
                            hash: string;
                            height: number;
                        };
                        /** @description in the mempool, the latest first; on the first page only */
                        pending: {
                            txid: string;
                            /** @description that it makes to the addresses */
                            received: number;
                            /** @description that it spends from them */
                            sent: number;
                            fee: number;
                            addedAtMs: number;
                        }[];
                        /** @description in blocks of the best chain, the latest first */
                        events: {
                            txid: string;
                            /** @description that it makes to the addresses */
                            received: number;
                            /** @description that it spends from them */
                            sent: number;
                            block: {
                                hash: string;
                                height: number;
                            };
                            /** @description in the block */
                            position: number;
                            time: number;
                            confirmations: number;
                        }[];
                        /** @description `before` of the next page; null where there is none */
                        next: string | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBans: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        bans: {
                            id: string;
                            untilMs: number;
                            reason: string;
                        }[];
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteBansId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBlocks: {
        parameters: {
            query?: {
                /** @description height to begin with, going down; the tip unless told */
                from?: string;
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        blocks: {
                            hash: string;
                            height: number;
                            previous: string;
                            merkleRoot: string;
                            version: number;
                            time: number;
                            medianTimePast: number;
                            /** @description compact target */
                            bits: string;
                            nonce: number;
                            /** @description cumulative */
                            work: string;
                        }[];
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBlocksHashOrHeight: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                hashOrHeight: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        hash: string;
                        height: number;
                        previous: string;
                        merkleRoot: string;
                        version: number;
                        time: number;
                        medianTimePast: number;
                        /** @description compact target */
                        bits: string;
                        nonce: number;
                        /** @description cumulative */
                        work: string;
                        /** @description 1 for the tip; 0 where the block is not on the best chain */
                        confirmations: number;
                        /** @description bytes; null with `weight` and `txids` while only the header is known */
                        size: number | null;
                        weight: number | null;
                        txids: string[] | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBlocksHashOrHeightRaw: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                hashOrHeight: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        hash: string;
                        /** @description consensus serialisation */
                        hex: string;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBlocksHashOrHeightTransactions: {
        parameters: {
            query?: {
                /** @description position of the first; 0, the coinbase, unless told */
                from?: string;
                limit?: string;
            };
            header?: never;
            path: {
                hashOrHeight: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        block: {
                            hash: string;
                            height: number;
                        };
                        total: number;
                        transactions: {
                            txid: string;
                            wtxid: string;
                            version: number;
                            lockTime: number;
                            size: number;
                            virtualSize: number;
                            weight: number;
                            coinbase: boolean;
                            inputs: {
                                txid: string;
                                vout: number;
                                scriptSig: string;
                                sequence: number;
                                witness: string[];
                            }[];
                            outputs: {
                                value: number;
                                scriptPubKey: string;
                                address: string | null;
                            }[];
                            hex: string;
                        }[];
                        /** @description `from` of the next page; null at the end */
                        next: number | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postBlocksHashInvalidate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        block: {
                            hash: string;
                            height: number;
                        };
                        /** @description whether the block lies on the best chain now */
                        connected: boolean;
                        tip: {
                            hash: string;
                            height: number;
                        };
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postBlocksHashReconsider: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        block: {
                            hash: string;
                            height: number;
                        };
                        /** @description whether the block lies on the best chain now */
                        connected: boolean;
                        tip: {
                            hash: string;
                            height: number;
                        };
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postCoins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    addresses: string[];
                    /** @description with the same addresses in the same order */
                    after?: string;
                    /** @default 50000 */
                    limit?: number;
                };
            };
        };
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tip: {
                            hash: string;
                            height: number;
                        };
                        /** @description those of the best chain, then those that are pending */
                        coins: {
                            txid: string;
                            vout: number;
                            value: number;
                            address: string;
                            /** @description null while the transaction that makes it is pending */
                            height: number | null;
                            coinbase: boolean;
                            confirmations: number;
                            /**
                             * @description confirmed: spendable in the next block; immature: a coinbase that is not yet; pending: in the mempool
                             * @enum {string}
                             */
                            status: "confirmed" | "immature" | "pending";
                            /** @description the pending transaction that spends it */
                            spentBy: string | null;
                        }[];
                        /** @description whether no coins follow: `next` is null */
                        complete: boolean;
                        /** @description `after` of the next page */
                        next: string | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getEvents: {
        parameters: {
            query?: {
                /** @description what to be told of, with commas: block, reorg, transaction, peer, sync, address; all unless told */
                kinds?: string;
                /** @description repeatable: what is paid to it or spent from it is told as events of the kind `address` */
                address?: string | string[];
                /** @description the id of the last event that was seen; `Last-Event-ID` says the same */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description events for as long as the client listens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getEventsWs: {
        parameters: {
            query?: {
                /** @description what to be told of, with commas: block, reorg, transaction, peer, sync, address; all unless told */
                kinds?: string;
                /** @description repeatable: what is paid to it or spent from it is told as events of the kind `address` */
                address?: string | string[];
                /** @description the id of the last event that was seen; `Last-Event-ID` says the same */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a WebSocket: each message is one event as JSON */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFees: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description base units a virtual byte below which nothing is taken now */
                        floor: number;
                        /** @description what should bring a transaction into one of the next blocks */
                        estimates: {
                            /** @description blocks */
                            target: number;
                            /** @description base units a virtual byte, going by what was mined lately; null while too little is known */
                            feeRate: number | null;
                        }[];
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHeaders: {
        parameters: {
            query?: {
                /** @description height of the first; 0 unless told */
                from?: string;
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        from: number;
                        /** @description 80 bytes each, of the best chain, upwards */
                        headers: string[];
                        /** @description `from` of the next page; null at the tip */
                        next: number | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postHistory: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    addresses: string[];
                    before?: string;
                    /** @default 50 */
                    limit?: number;
                };
            };
        };
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tip: {
                            hash: string;
                            height: number;
                        };
                        /** @description in the mempool, the latest first; on the first page only */
                        pending: {
                            txid: string;
                            /** @description that it makes to the addresses */
                            received: number;
                            /** @description that it spends from them */
                            sent: number;
                            fee: number;
                            addedAtMs: number;
                        }[];
                        /** @description in blocks of the best chain, the latest first */
                        events: {
                            txid: string;
                            /** @description that it makes to the addresses */
                            received: number;
                            /** @description that it spends from them */
                            sent: number;
                            block: {
                                hash: string;
                                height: number;
                            };
                            /** @description in the block */
                            position: number;
                            time: number;
                            confirmations: number;
                        }[];
                        /** @description `before` of the next page; null where there is none */
                        next: string | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMempool: {
        parameters: {
            query?: {
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        transactions: number;
                        virtualBytes: number;
                        /** @description the newest ones, parents before children */
                        entries: {
                            txid: string;
                            fee: number;
                            virtualSize: number;
                            addedAtMs: number;
                            /** @description the best chain's height when it came in */
                            height: number;
                        }[];
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMempoolTransactions: {
        parameters: {
            query?: {
                after?: string;
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description in the order in which they came, parents before children */
                        transactions: {
                            txid: string;
                            fee: number;
                            virtualSize: number;
                            addedAtMs: number;
                            /** @description the best chain's height when it came in */
                            height: number;
                        }[];
                        /** @description `after` of the next page; null where none follow. One that comes in again is listed again */
                        next: string | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMempoolTransactionsTxid: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                txid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        txid: string;
                        fee: number;
                        virtualSize: number;
                        addedAtMs: number;
                        /** @description the best chain's height when it came in */
                        height: number;
                        wtxid: string;
                        weight: number;
                        /** @description pending transactions that it spends from */
                        parents: string[];
                        /** @description pending transactions that spend from it */
                        children: string[];
                        /** @description itself and all pending transactions that it builds on */
                        ancestors: {
                            count: number;
                            virtualSize: number;
                            fees: number;
                        };
                        /** @description itself and all pending transactions that build on it */
                        descendants: {
                            count: number;
                            virtualSize: number;
                            fees: number;
                        };
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMining: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        mining: boolean;
                        threads: number;
                        hashesPerSecond: number;
                        blocksFound: number;
                        address: string | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postMiningGenerate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    address: string;
                    blocks: number;
                };
            };
        };
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description fewer than asked for where they take long: ask again for the rest */
                        blocks: {
                            hash: string;
                            height: number;
                        }[];
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postMiningStart: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    address: string;
                };
            };
        };
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        mining: boolean;
                        threads: number;
                        hashesPerSecond: number;
                        blocksFound: number;
                        address: string | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postMiningStop: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        mining: boolean;
                        threads: number;
                        hashesPerSecond: number;
                        blocksFound: number;
                        address: string | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postMiningSubmit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description header, CompactSize count and transactions with their witnesses */
                    hex: string;
                };
            };
        };
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        block: {
                            hash: string;
                            height: number;
                        };
                        /** @description false where the node had it already */
                        isNew: boolean;
                        /** @description whether it lies on the best chain now */
                        connected: boolean;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMiningTemplate: {
        parameters: {
            query: {
                /** @description who gets the reward */
                address: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        height: number;
                        version: number;
                        previous: string;
                        /** @description with the coinbase as it is */
                        merkleRoot: string;
                        time: number;
                        /** @description the least that the block may state */
                        minTime: number;
                        /** @description compact target */
                        bits: string;
                        /** @description the hash, read as a number from its first digit on, has to be at most this */
                        target: string;
                        /** @description 80 bytes with the nonce 0, which stands in the last four */
                        header: string;
                        /** @description of all transactions together, which the coinbase claims with the subsidy */
                        fees: number;
                        coinbase: {
                            /** @description BIP144 serialisation */
                            hex: string;
                            /** @description without its witness: the double SHA-256 of it is the txid */
                            stripped: string;
                            /** @description which bytes of `stripped` a miner may choose; in `hex` they stand two bytes later */
                            extraNonce: {
                                offset: number;
                                length: number;
                            };
                            /** @description the neighbour at each level of the merkle tree, from the coinbase up */
                            branch: string[];
                        };
                        /** @description that follow the coinbase, in their order */
                        transactions: {
                            txid: string;
                            wtxid: string;
                            fee: number;
                            weight: number;
                            hex: string;
                        }[];
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postPackages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description BIP144 serialisation of transactions, each after its parents */
                    hex: string[];
                };
            };
        };
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description one verdict for each, in their order */
                        transactions: {
                            txid: string;
                            virtualSize: number;
                            /** @description whether it is in the mempool now, also where it was before */
                            pending: boolean;
                            /** @description null where it is refused */
                            fee: number | null;
                            /** @description null where it is taken */
                            refusal: {
                                /**
                                 * @description rule: the network's; policy: of this node
                                 * @enum {string}
                                 */
                                kind: "rule" | "policy";
                                code: string;
                                detail: string;
                            } | null;
                        }[];
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPeers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        peers: {
                            id: string;
                            /** @description the remote multiaddr */
                            address: string;
                            inbound: boolean;
                            connectedAtMs: number;
                            /** @description the last round trip; null until one was measured */
                            latencyMs: number | null;
                            /** @description at most 0: what its faults have cost it; half is forgotten in five minutes */
                            score: number;
                            /** @description gossipsub's: its topics, and its faults */
                            gossipScore: number;
                            /** @description what it was the first to bring, on this connection */
                            brought: {
                                blocks: number;
                                transactions: number;
                            };
                            /** @description whether it would stay where one peer had to make room */
                            protected: boolean;
                            /** @description whether it is dialled first after a restart */
                            anchor: boolean;
                            /** @description whether the connection is only to see if the peer is there */
                            feeler: boolean;
                            /** @description what the peer says of itself; null until it has */
                            hello: {
                                userAgent: string;
                                tip: string;
                                height: number;
                                work: string;
                            } | null;
                        }[];
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postPeers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    multiaddr: string;
                };
            };
        };
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deletePeersId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postPeersIdBan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default 86400 */
                    seconds?: number;
                    /** @default banned by the user */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        untilMs: number;
                        reason: string;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                        tip: {
                            hash: string;
                            height: number;
                        };
                        /** @description blocks between the tip and the best header whose blocks can be had */
                        tipLag: number;
                        /** @description since the time that the tip states */
                        tipAgeSeconds: number;
                        /**
                         * @description of the sync
                         * @enum {string}
                         */
                        phase: "idle" | "presync" | "headers" | "blocks";
                        peers: number;
                    };
                };
            };
            /** @description the answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                        tip: {
                            hash: string;
                            height: number;
                        };
                        /** @description blocks between the tip and the best header whose blocks can be had */
                        tipLag: number;
                        /** @description since the time that the tip states */
                        tipAgeSeconds: number;
                        /**
                         * @description of the sync
                         * @enum {string}
                         */
                        phase: "idle" | "presync" | "headers" | "blocks";
                        peers: number;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        userAgent: string;
                        peerId: string;
                        startedAtMs: number;
                        network: {
                            name: string;
                            /** @description first 8 hex digits of the genesis hash */
                            id: string;
                            genesis: string;
                            addressPrefix: string;
                            /** @description wanted seconds between blocks; null where the difficulty is fixed */
                            spacing: number | null;
                            maturity: number;
                        };
                        tip: {
                            hash: string;
                            height: number;
                            time: number;
                            work: string;
                        };
                        /** @description ahead of the tip while blocks are missing */
                        bestHeader: {
                            hash: string;
                            height: number;
                        };
                        sync: {
                            /**
                             * @description `presync` while headers are looked at before they are stored, for want of work
                             * @enum {string}
                             */
                            phase: "idle" | "presync" | "headers" | "blocks";
                            /** @description blocks up to the best header whose blocks can be had */
                            blocksLeft: number;
                            /** @description that the sync brought over the last ten seconds */
                            blocksPerSecond: number;
                            /** @description at this rate; null where there is none, or nothing left */
                            secondsLeft: number | null;
                            /** @description of the wanted work, in the phase `presync` */
                            presyncPercent: number | null;
                        };
                        /** @description null where all bodies are kept */
                        pruned: {
                            /** @description how many of the last blocks are kept; null where none are dropped any more */
                            keptBlocks: number | null;
                            /** @description every block of the best chain from here on has its body */
                            lowestBody: number;
                        } | null;
                        peers: {
                            inbound: number;
                            outbound: number;
                        };
                        mempool: {
                            transactions: number;
                            virtualBytes: number;
                        };
                        mining: {
                            mining: boolean;
                            hashesPerSecond: number;
                        };
                        /** @description dialable multiaddrs */
                        addresses: string[];
                        signatureBackend: string;
                        hashEngine: string;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSupply: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tip: {
                            hash: string;
                            height: number;
                        };
                        coins: number;
                        total: number;
                        /** @description of all coins: equal on nodes that agree */
                        digest: string;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTips: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description ends of all branches, the one with the most work first */
                        tips: {
                            hash: string;
                            height: number;
                            /** @description cumulative */
                            work: string;
                            /**
                             * @description connected: the tip; valid: was the tip once; unchecked: its block is here; headers: only headers are
                             * @enum {string}
                             */
                            status: "connected" | "valid" | "unchecked" | "headers";
                        }[];
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postTransactions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description BIP144 serialisation */
                    hex: string;
                };
            };
        };
        responses: {
            /** @description the answer */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        txid: string;
                        fee: number;
                        virtualSize: number;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postTransactionsTest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description BIP144 serialisation */
                    hex: string;
                };
            };
        };
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        txid: string;
                        virtualSize: number;
                        /** @description whether the mempool would take it now */
                        allowed: boolean;
                        /** @description null where it is refused */
                        fee: number | null;
                        /** @description pending transactions whose place it would take */
                        replaces: string[];
                        /** @description null where it is taken */
                        refusal: {
                            /**
                             * @description rule: the network's; policy: of this node
                             * @enum {string}
                             */
                            kind: "rule" | "policy";
                            code: string;
                            detail: string;
                        } | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTransactionsTxid: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                txid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        txid: string;
                        wtxid: string;
                        version: number;
                        lockTime: number;
                        size: number;
                        virtualSize: number;
                        weight: number;
                        coinbase: boolean;
                        inputs: {
                            txid: string;
                            vout: number;
                            scriptSig: string;
                            sequence: number;
                            witness: string[];
                        }[];
                        outputs: {
                            value: number;
                            scriptPubKey: string;
                            address: string | null;
                        }[];
                        hex: string;
                        /** @enum {string} */
                        status: "pending" | "confirmed";
                        block: {
                            hash: string;
                            height: number;
                            time: number;
                            confirmations: number;
                        } | null;
                        /** @description known while the transaction is pending */
                        fee: number | null;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTransactionsTxidProof: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                txid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        txid: string;
                        block: {
                            hash: string;
                            height: number;
                        };
                        /** @description of the block's header */
                        merkleRoot: string;
                        /** @description of the transaction in the block: its bits say on which side each hash goes */
                        position: number;
                        /** @description the neighbour at each level of the tree, from the transactions up */
                        branch: string[];
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getVersion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        userAgent: string;
                        /** @constant */
                        api: 1;
                    };
                };
            };
            /** @description refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
