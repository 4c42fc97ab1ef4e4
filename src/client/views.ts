import type { Answer } from './client.ts'

/*
 * What nodes answer with, by name. Amounts are base units, times Unix seconds unless a name says milliseconds, hashes
 * as Bitcoin shows them.
 */

export type Status = Answer<'/v1/status'>
export type BlockView = Answer<'/v1/blocks/{hashOrHeight}'>
export type VerdictView = Answer<'/v1/blocks/{hash}/invalidate', 'post'>
export type TransactionView = Answer<'/v1/transactions/{txid}'>
export type SubmittedTransaction = Answer<'/v1/transactions', 'post'>
export type MempoolView = Answer<'/v1/mempool'>
export type FeesView = Answer<'/v1/fees'>
export type CoinsView = Answer<'/v1/coins', 'post'>
export type CoinView = CoinsView['coins'][number]
export type HistoryView = Answer<'/v1/history', 'post'>
export type PeersView = Answer<'/v1/peers'>
export type PeerDetails = PeersView['peers'][number]
export type BansView = Answer<'/v1/bans'>
export type BanView = Answer<'/v1/peers/{id}/ban', 'post'>
export type MiningView = Answer<'/v1/mining'>
export type GeneratedView = Answer<'/v1/mining/generate', 'post'>
export type SupplyView = Answer<'/v1/supply'>
