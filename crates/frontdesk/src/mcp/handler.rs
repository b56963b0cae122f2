//! The MCP methods, one line each: what answers them is in the file of that name.

use super::{Desk, completions, instructions, narrow, prompts, resources, tools};
use gateway::Principal;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult,
        DiscoverResult, GetPromptRequestParams, GetPromptResponse, Implementation,
        ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
        PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
        ServerCapabilities, ServerConfig,
    },
    service::RequestContext,
};
use std::sync::Arc;

type Cx = RequestContext<RoleServer>;

/// Answers one principal's MCP requests.
#[derive(Clone)]
pub struct DeskHandler {
    pub(super) desk: Arc<Desk>,
    pub(super) who: Principal,
}

impl DeskHandler {
    /// A handler for that principal.
    pub fn new(desk: Arc<Desk>, who: Principal) -> Self {
        Self { desk, who }
    }

    fn who<'a>(&'a self, cx: &'a Cx) -> &'a Principal {
        narrow::who(&self.who, cx)
    }

    fn listing(&self, cx: &Cx) -> Result<Arc<tools::Listing>, ErrorData> {
        self.desk
            .listing(self.who(cx))
            .map_err(|error| ErrorData::invalid_request(error.to_string(), None))
    }
}

impl ServerHandler for DeskHandler {
    fn get_info(&self) -> ServerConfig {
        let instructions = self
            .desk
            .listing(&self.who)
            .map(|listing| instructions::of(&self.desk.gateway, &listing))
            .unwrap_or_default();
        ServerConfig::new(capabilities())
            .with_server_info(
                Implementation::new("frontdesk", env!("CARGO_PKG_VERSION"))
                    .with_title("Frontdesk for Intercom"),
            )
            .with_instructions(instructions)
    }

    async fn discover(&self, _cx: Cx) -> Result<DiscoverResult, ErrorData> {
        let versions = self.supported_protocol_versions().into_owned();
        Ok(DiscoverResult::from_server_info(versions, self.get_info())
            .with_ttl_ms(tools::FRESH)
            .with_cache_scope(CacheScope::Private))
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        cx: Cx,
    ) -> Result<ListToolsResult, ErrorData> {
        #[cfg(feature = "fixtures")]
        return self
            .listing(&cx)?
            .extended(super::fixtures::tools())
            .page(request.as_ref());
        #[cfg(not(feature = "fixtures"))]
        self.listing(&cx)?.page(request.as_ref())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        cx: Cx,
    ) -> Result<CallToolResponse, ErrorData> {
        #[cfg(feature = "fixtures")]
        let request = match super::fixtures::call(request, &cx).await {
            Ok(answer) => return answer,
            Err(request) => *request,
        };
        tools::call(&self.desk, self.who(&cx), request, &cx).await
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        _cx: Cx,
    ) -> Result<ListPromptsResult, ErrorData> {
        let prompts = prompts::list();
        #[cfg(feature = "fixtures")]
        let prompts = [prompts, super::fixtures::prompts()].concat();
        Ok(ListPromptsResult::with_all_items(prompts)
            .with_ttl_ms(tools::FRESH)
            .with_cache_scope(CacheScope::Private))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        cx: Cx,
    ) -> Result<GetPromptResponse, ErrorData> {
        #[cfg(feature = "fixtures")]
        if let Some(answer) = super::fixtures::prompt(&request) {
            return answer;
        }
        let _ = cx;
        prompts::get(&request).map(Into::into)
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        _cx: Cx,
    ) -> Result<ListResourcesResult, ErrorData> {
        #[cfg(feature = "fixtures")]
        let listed = super::fixtures::resources();
        // A workspace has too many to list, and a list would change with every call: ids come from the completions of
        // the templates, and from searches.
        #[cfg(not(feature = "fixtures"))]
        let listed = Vec::new();
        Ok(ListResourcesResult::with_all_items(listed)
            .with_ttl_ms(tools::FRESH)
            .with_cache_scope(CacheScope::Private))
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _cx: Cx,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let templates = resources::templates();
        #[cfg(feature = "fixtures")]
        let templates = [templates, super::fixtures::templates()].concat();
        Ok(ListResourceTemplatesResult::with_all_items(templates)
            .with_ttl_ms(tools::FRESH)
            .with_cache_scope(CacheScope::Private))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        cx: Cx,
    ) -> Result<ReadResourceResponse, ErrorData> {
        #[cfg(feature = "fixtures")]
        if let Some(found) = super::fixtures::read(&request.uri) {
            return Ok(found.into());
        }
        resources::read(&self.desk, self.who(&cx), &request.uri, &cx)
            .await
            .map(Into::into)
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        cx: Cx,
    ) -> Result<CompleteResult, ErrorData> {
        completions::complete(&self.desk, self.who(&cx), &request, &cx).await
    }

    #[cfg(feature = "fixtures")]
    #[expect(
        deprecated,
        reason = "the conformance suite sets a level as clients did until 2025-11-25"
    )]
    async fn set_level(
        &self,
        _request: rmcp::model::SetLevelRequestParams,
        cx: Cx,
    ) -> Result<(), ErrorData> {
        super::fixtures::legacy_only::<rmcp::model::SetLevelRequestMethod>(&cx)
    }

    #[cfg(feature = "fixtures")]
    fn accepted_subscription_filter(
        &self,
        requested: &rmcp::model::SubscriptionFilter,
    ) -> Option<rmcp::model::SubscriptionFilter> {
        Some(requested.clone())
    }

    #[cfg(feature = "fixtures")]
    async fn subscribe(
        &self,
        _request: rmcp::model::SubscribeRequestParams,
        _cx: Cx,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    #[cfg(feature = "fixtures")]
    async fn unsubscribe(
        &self,
        _request: rmcp::model::UnsubscribeRequestParams,
        _cx: Cx,
    ) -> Result<(), ErrorData> {
        Ok(())
    }
}

fn capabilities() -> ServerCapabilities {
    let capabilities = ServerCapabilities::builder()
        .enable_tools()
        .enable_prompts()
        .enable_resources()
        .enable_completions()
        .build();
    #[cfg(feature = "fixtures")]
    let capabilities = super::fixtures::capabilities(capabilities);
    capabilities
}
